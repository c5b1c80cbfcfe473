import Foundation
import NN
import ParityFixtures
import SystemPackage
import Testing
import Torch

extension ParityFixture {
  init(_ name: String) throws { try self.init(name, in: .module) }
}

/// Against `torch.nn.functional`, to 1e-5 in float32: outputs, and the gradients of inputs and parameters.
@Suite struct LayersTests {
  /// Builds the layer from the fixture's parameters, runs it, and compares all that the fixture has.
  private func expectParity(
    _ layer: String, inputs: [String] = ["input"], _ body: (Scope, [Tensor]) throws -> Tensor
  ) throws {
    let fixture = try ParityFixture("layers")
    let inputs = try inputs.map { (name: $0, tensor: try fixture.tensor("\(layer).\($0)")) }
    // A store that holds what is left: weight and bias.
    let path = NSTemporaryDirectory() + "framewise-\(UUID().uuidString).safetensors"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let weights = try Dictionary(
      uniqueKeysWithValues: ["weight", "bias"].filter { fixture.file.contains("\(layer).\($0)") }
        .map { ($0, try fixture.tensor("\(layer).\($0)")) })
    try Safetensors.write(weights, to: .init(path))
    let store = ParameterStore(checkpoint: try Safetensors(.init(path)))

    for (_, tensor) in inputs where tensor.type.isFloatingPoint { tensor.requiresGradient = true }
    let output = try body(store.root, inputs.map(\.tensor))
    try store.finish()
    #expect(maximumDifference(output, try fixture.tensor("\(layer).output")) <= 1e-5)

    (output * (try fixture.tensor("\(layer).probe"))).sum().backward()
    let leaves = inputs + store.parameters.map { (name: $0.name, tensor: $0.tensor) }
    for (name, tensor) in leaves where tensor.type.isFloatingPoint {
      let gradient = try #require(tensor.gradient, "\(name)")
      #expect(maximumDifference(gradient, try fixture.tensor("\(layer).gradient.\(name)")) <= 1e-5, "\(name)")
    }
  }

  @Test("Linear multiplies with the transposed weight and adds the bias")
  func linear() throws {
    try expectParity("linear") { scope, inputs in Linear(scope, inputs: 5, outputs: 4)(inputs[0]) }
  }

  @Test("LayerNorm normalises over the last dimension with the biased variance, epsilon inside the root")
  func layerNorm() throws {
    try expectParity("layer_norm") { scope, inputs in LayerNorm(scope, width: 6, epsilon: 1e-5)(inputs[0]) }
  }

  @Test("Embedding looks rows up, and a row used twice gets both gradients")
  func embedding() throws {
    try expectParity("embedding") { scope, inputs in Embedding(scope, rows: 7, width: 4)(inputs[0]) }
  }

  @Test("Convolution2D is a cross-correlation with a stride, over sizes that it does not divide")
  func convolution() throws {
    try expectParity("conv2d") { scope, inputs in
      Convolution2D(scope, inputs: 3, outputs: 4, size: 3, stride: 2)(inputs[0])
    }
  }

  @Test("GELU is the one with the error function, not the approximation with tanh")
  func gelu() throws {
    try expectParity("gelu") { _, inputs in inputs[0].gelu() }
  }

  @Test("attention scales by the root of the width")
  func attention() throws {
    try expectParity("attention", inputs: ["query", "key", "value"]) { _, inputs in
      Tensor.attention(query: inputs[0], key: inputs[1], value: inputs[2])
    }
  }

  @Test("leaving keys out equals masking them: packed sequences need no mask")
  func maskedAttention() throws {
    try expectParity("masked_attention", inputs: ["query", "key", "value"]) { _, inputs in
      Tensor.stacked(
        [6, 2].enumerated().map { row, keys in
          let (query, key, value) = (
            inputs[0].selected(0, row), inputs[1].selected(0, row), inputs[2].selected(0, row)
          )
          return Tensor.attention(
            query: query, key: key.narrowed(1, 0..<keys), value: value.narrowed(1, 0..<keys))
        })
    }
  }

  @Test("a layer computes in the type of its input; its parameters and their gradients stay float32")
  func precision() throws {
    let store = ParameterStore()
    let layer = Linear(store.root["dense"], inputs: 3, outputs: 2)
    let norm = LayerNorm(store.root["norm"], width: 2, epsilon: 1e-5)
    let y = norm(layer(Tensor.ones([4, 3]).to(.bfloat16)))
    #expect(y.type == .bfloat16)
    y.to(.float32).power(2).sum().backward()
    for tensor in store.tensors {
      #expect(tensor.type == .float32)
      #expect(tensor.gradient?.type == .float32)
    }
  }

  @Test("a layer without bias has no parameter for it")
  func withoutBias() {
    let store = ParameterStore()
    _ = Linear(store.root, inputs: 3, outputs: 2, hasBias: false)
    #expect(store.parameters.map(\.name) == ["weight"])
  }

  @Test("dropout does nothing in evaluation or at probability 0; in training it keeps the mean")
  func dropout() {
    let x = Tensor.ones([40_000])
    #expect(Dropout(0.5)(x, .evaluation).isIdentical(to: x))
    #expect(Dropout(0)(x, .training).isIdentical(to: x))
    let dropped = Dropout(0.25)(x, .training)
    #expect(abs(dropped.mean().item - 1) < 0.02)  // six deviations
    #expect(abs(Double(dropped.values(Float.self).count { $0 == 0 }) - 10_000) < 520)
  }
}
