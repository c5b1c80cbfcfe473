package import Torch

/// A convolution over `[images, channels, height, width]`.
/// Parameters: `weight [outputs, inputs / groups, size, size]`, `bias [outputs]`.
package struct Convolution2D {
  private let weight: Tensor
  private let bias: Tensor?
  private let (stride, padding, dilation, groups): (Int, Int, Int, Int)

  /// - Parameter padding: zeros on each side.
  /// - Parameter groups: parts that input and output channels fall into, each output seeing its own part alone.
  package init(
    _ scope: Scope, inputs: Int, outputs: Int, size: Int, stride: Int = 1, padding: Int = 0,
    dilation: Int = 1,
    groups: Int = 1, hasBias: Bool = true, initializer: Initializer? = nil
  ) {
    let fanIn = inputs / groups * size * size
    weight = scope.parameter(
      "weight", shape: [outputs, inputs / groups, size, size], initializer ?? .uniform(fanIn: fanIn))
    bias = hasBias ? scope.parameter("bias", shape: [outputs], .uniform(fanIn: fanIn)) : nil
    (self.stride, self.padding, self.dilation, self.groups) = (stride, padding, dilation, groups)
  }

  package func callAsFunction(_ x: Tensor) -> Tensor {
    x.convolved(
      weight: weight, bias: bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
  }
}
