import Testing
import Torch

@Suite("Convolutions") struct ConvolutionTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let size: Int, stride: Int, padding: Int
    /// Height and width of the image.
    var sides = [11, 13]
    var testDescription: String { "\(size)×\(size), stride \(stride), padding \(padding), of \(sides)" }
  }

  /// Output and gradients, all in float32, of a window of each of eight channels alone.
  private func results(
    _ values: (images: Tensor, weight: Tensor, bias: Tensor), as type: DataType, _ window: Case
  )
    -> [Tensor]
  {
    let leaves = [values.images, values.weight, values.bias].map { $0.to(type).clone() }
    for leaf in leaves { leaf.requiresGradient = true }
    let output = leaves[0].convolved(
      weight: leaves[1], bias: leaves[2], stride: window.stride, padding: window.padding, groups: 8)
    let probe = Tensor(
      (0..<output.shape.reduce(1, *)).map { Float($0 % 7 - 3) }, shape: output.shape)
    (output * probe.to(type)).to(.float32).sum().backward()
    return ([output] + leaves.compactMap(\.gradient)).map { $0.detached().to(.float32) }
  }

  @Test(
    "A depthwise window in bfloat16, whatever its width, has the output and the gradients of float32 but for rounding",
    arguments: [
      Case(size: 3, stride: 1, padding: 1), Case(size: 4, stride: 1, padding: 1),
      Case(size: 5, stride: 1, padding: 2),
      Case(size: 5, stride: 2, padding: 0), Case(size: 5, stride: 2, padding: 2),
      Case(size: 7, stride: 1, padding: 3),
      Case(size: 7, stride: 1, padding: 0), Case(size: 7, stride: 1, padding: 3, sides: [2, 2]),
      Case(size: 7, stride: 2, padding: 3, sides: [1, 3]),
      Case(size: 7, stride: 3, padding: 5, sides: [4, 7]),
    ])
  func wideDepthwise(window: Case) throws {
    func drawn(_ shape: [Int], _ step: Int) -> Tensor {
      let count = shape.reduce(1, *)
      return Tensor((0..<count).map { Float(($0 * step) % 31 - 15) / 16 }, shape: shape)
    }
    // Values of five bits, which bfloat16 holds exactly.
    let values = (
      images: drawn([2, 8] + window.sides, 7).layingChannelsLast,
      weight: drawn([8, 1, window.size, window.size], 11),
      bias: drawn([8], 3)
    )
    let exact = results(values, as: .float32, window)
    let rounded = results(values, as: .bfloat16, window)
    try #require(exact.count == 4 && rounded.count == 4)
    for (exact, rounded) in zip(exact, rounded) {
      #expect(exact.shape == rounded.shape)
      let scale = exact.absolute().maximum().item
      let difference = (exact - rounded).absolute().maximum().item
      #expect(difference <= scale / 64, "\(difference) of \(scale)")
    }
  }
}
