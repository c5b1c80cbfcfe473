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
    let names = inputs.map(\.name) + ["output", "probe", "mask"]
    let store = ParameterStore()
    let scope = fixture.weights(in: store, under: "\(layer).", ignoring: names + ["gradient."])

    for (_, tensor) in inputs where tensor.type.isFloatingPoint { tensor.requiresGradient = true }
    let output = try body(scope, inputs.map(\.tensor))
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

  @Test("a convolution's groups, dilation and padding are PyTorch's, and it can do without a bias")
  func groupedConvolution() throws {
    try expectParity("conv2d_grouped") { scope, inputs in
      Convolution2D(
        scope, inputs: 4, outputs: 6, size: 3, stride: 2, padding: .zeros(2), dilation: 2, groups: 2,
        hasBias: false)(
          inputs[0])
    }
  }

  @Test("TensorFlow's SAME padding is odd on the right and at the bottom")
  func samePadding() throws {
    try expectParity("conv2d_same") { scope, inputs in
      Convolution2D(scope, inputs: 3, outputs: 4, size: 3, stride: 2, padding: .same, hasBias: false)(
        inputs[0])
    }
  }

  @Test("activations are those of their names", arguments: Activation.allCases)
  func activations(activation: Activation) throws {
    try expectParity("activation.\(activation.rawValue)") { _, inputs in activation(inputs[0]) }
  }

  @Test("activations in bfloat16 are those of float32 but for rounding", arguments: Activation.allCases)
  func activationsInBFloat16(activation: Activation) throws {
    let values = (-48...48).map { Float($0) / 8 }  // which bfloat16 holds exactly
    let results = try [DataType.float32, .bfloat16].map { type in
      let x = Tensor(values).to(type)
      x.requiresGradient = true
      let output = activation(x)
      #expect(output.type == type)
      output.to(.float32).sum().backward()
      return (output: output.detached().to(.float32), gradient: try #require(x.gradient).to(.float32))
    }
    let ofOutputs = (results[0].output - results[1].output).absolute()
    // Of what is rounded to eight bits twice, and near 0 of what the values themselves were.
    #expect((ofOutputs - results[0].output.absolute() / 128).maximum().item <= 1.0 / 256)
    #expect(maximumDifference(results[1].gradient, results[0].gradient) <= 1.0 / 64)
  }

  @Test(
    "ReLU6 sends nothing back at 0 and at 6, as the published one, where a clamp would send all",
    arguments: [DataType.float32, .bfloat16])
  func boundsOfReLU6(type: DataType) throws {
    let x = Tensor([-1, 0, 0.0078125, 3, 6, 7] as [Float]).to(type)
    x.requiresGradient = true
    let output = Activation.relu6(x)
    #expect(output.type == type && output.to(.float32).values() == [0, 0, 0.0078125, 3, 6, 6] as [Float])
    output.sum().backward()
    #expect(try #require(x.gradient).to(.float32).values() == [0, 0, 1, 1, 0, 0] as [Float])
  }

  @Test("means of windows count padding, or only what is there")
  func averages() throws {
    try expectParity("average_pool") { _, inputs in
      inputs[0].averagePooled(size: 3, stride: 2, padding: 1)
    }
    try expectParity("average_pool_rest") { _, inputs in
      inputs[0].averagePooled(size: 2, stride: 2, coversRest: true, countsPadding: false)
    }
  }

  @Test("bicubic resampling is PyTorch's, with antialiasing and without", arguments: [3, 9])
  func resampling(size: Int) throws {
    for (name, antialias) in [("bicubic", false), ("bicubic_antialiased", true)] {
      try expectParity("\(name)_\(size)") { _, inputs in
        inputs[0].resampledBicubic(height: size, width: size, antialias: antialias)
      }
    }
  }

  @Test("pooling takes the largest of each window, padding never")
  func pooling() throws {
    try expectParity("max_pool") { _, inputs in inputs[0].maximumPooled(size: 3, stride: 2, padding: 1) }
  }

  @Test("BatchNorm normalises by the running statistics in evaluation")
  func batchNorm() throws {
    try expectParity("batch_norm") { scope, inputs in
      BatchNorm2D(scope, channels: 3, epsilon: 1e-3)(inputs[0], .evaluation)
    }
  }

  @Test(
    "in training BatchNorm normalises by the batch; a step moves the running statistics once, or not at all")
  func batchNormTraining() throws {
    // The fixture's statistics are those after the pass; it began with those of the other.
    let fixture = try ParityFixture("layers")
    let store = ParameterStore()
    let norm = BatchNorm2D(
      fixture.weights(in: store, under: "batch_norm.", ignoring: ["input", "output", "probe", "gradient."]),
      channels: 3, epsilon: 1e-3)
    try store.finish()
    let input = try fixture.tensor("batch_norm_training.input")
    input.requiresGradient = true
    let pass = TrainingPass(seed: 1)
    let output = norm(input, .training(pass))
    #expect(maximumDifference(output, try fixture.tensor("batch_norm_training.output")) <= 1e-5)
    (output * (try fixture.tensor("batch_norm_training.probe"))).sum().backward()
    let leaves = [("input", input)] + store.parameters.map { ($0.name, $0.tensor) }
    for (name, tensor) in leaves {
      let wanted = try fixture.tensor("batch_norm_training.gradient.\(name)")
      #expect(maximumDifference(try #require(tensor.gradient), wanted) <= 1e-5, "\(name)")
    }
    BatchStatistics.apply([pass.statistics])
    for buffer in store.buffers {
      let wanted = try fixture.tensor("batch_norm_training.\(buffer.name)")
      #expect(maximumDifference(buffer.tensor, wanted) <= 1e-5, "\(buffer.name)")
    }
  }

  @Test("BatchNorm's statistics of a batch in parts are those of the whole; a part without images has none")
  func batchNormParts() {
    let store = ParameterStore()
    let norm = BatchNorm2D(store.root, channels: 1)
    func pass(_ values: [Float]) -> [BatchStatistics] {
      let pass = TrainingPass(seed: 1)
      _ = norm(Tensor(values, shape: [values.count, 1, 1, 1]), .training(pass))
      return pass.statistics
    }
    // 1, 3, 1, 5 and 9 have a mean of 3.8 and a variance of 11.2.
    BatchStatistics.apply([[], pass([1, 3]), [], pass([1, 5, 9])])
    let (mean, variance) = (store.buffers[0].tensor.item, store.buffers[1].tensor.item)
    #expect(abs(mean - 0.38) < 1e-5)
    #expect(abs(variance - (0.9 + 1.12)) < 1e-4)
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

  @Test("a layer without bias has no parameter for it")
  func withoutBias() {
    let store = ParameterStore()
    _ = Linear(store.root, inputs: 3, outputs: 2, hasBias: false)
    #expect(store.parameters.map(\.name) == ["weight"])
  }

  @Test("dropout does nothing in evaluation or at probability 0")
  func dropout() {
    let x = Tensor.ones([1000])
    let training = Mode.training(TrainingPass(seed: 1))
    #expect(Dropout(0.5)(x, .evaluation).isIdentical(to: x))
    #expect(Dropout(0)(x, training).isIdentical(to: x))
    #expect(!Dropout(0.5)(x, training).isIdentical(to: x))
  }
}
