package import Torch

/// A convolution over `[images, channels, height, width]`.
/// Parameters: `weight [outputs, inputs / groups, size, size]`, `bias [outputs]`.
package struct Convolution2D {
  /// Zeros around an image.
  package enum Padding: Equatable {
    /// So many on each side.
    case zeros(Int)
    /// TensorFlow's `SAME`: as many as make the output `⌈size / stride⌉` large, an odd one at the bottom and on the right.
    case same
  }

  private let weight: Tensor
  private let bias: Tensor?
  private let padding: Padding
  private let (size, stride, dilation, groups): (Int, Int, Int, Int)

  /// - Parameter groups: parts that input and output channels fall into, each output seeing its own part alone.
  package init(
    _ scope: Scope, inputs: Int, outputs: Int, size: Int, stride: Int = 1, padding: Padding = .zeros(0),
    dilation: Int = 1, groups: Int = 1, hasBias: Bool = true, initializer: Initializer? = nil,
    biasInitializer: Initializer? = nil
  ) {
    let fanIn = inputs / groups * size * size
    weight = scope.parameter(
      "weight", shape: [outputs, inputs / groups, size, size], initializer ?? .uniform(fanIn: fanIn))
    bias =
      hasBias ? scope.parameter("bias", shape: [outputs], biasInitializer ?? .uniform(fanIn: fanIn)) : nil
    (self.size, self.stride, self.dilation, self.groups) = (size, stride, dilation, groups)
    self.padding = padding
  }

  package func callAsFunction(_ x: Tensor) -> Tensor {
    let (input, zeros) = padded(x)
    return input.convolved(
      weight: weight, bias: bias, stride: stride, padding: zeros, dilation: dilation, groups: groups)
  }

  /// The image, and how many zeros the convolution still adds on each side.
  private func padded(_ x: Tensor) -> (Tensor, Int) {
    if case .zeros(let zeros) = padding { return (x, zeros) }
    let (height, width) = (missing(x.size(2)), missing(x.size(3)))
    if height == width, height.isMultiple(of: 2) { return (x, height / 2) }
    return (
      x.padded(top: height / 2, bottom: height - height / 2, left: width / 2, right: width - width / 2), 0
    )
  }

  /// How many zeros a side of `length` pixels lacks.
  private func missing(_ length: Int) -> Int {
    let outputs = (length + stride - 1) / stride
    return max(0, (outputs - 1) * stride + dilation * (size - 1) + 1 - length)
  }
}
