package import Torch

/// A convolution without padding over `[images, channels, height, width]`.
/// Parameters: `weight [outputs, inputs, size, size]`, `bias [outputs]`.
package struct Convolution2D {
  private let weight: Tensor
  private let bias: Tensor
  private let stride: Int

  package init(_ scope: Scope, inputs: Int, outputs: Int, size: Int, stride: Int) {
    let fanIn = inputs * size * size
    weight = scope.parameter("weight", shape: [outputs, inputs, size, size], .uniform(fanIn: fanIn))
    bias = scope.parameter("bias", shape: [outputs], .uniform(fanIn: fanIn))
    self.stride = stride
  }

  package func callAsFunction(_ x: Tensor) -> Tensor {
    x.convolved(weight: weight.to(x.type), bias: bias.to(x.type), stride: stride)
  }
}
