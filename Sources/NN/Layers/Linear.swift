package import Torch

/// `y = x · weightᵀ + bias` over the last dimension. Parameters: `weight [outputs, inputs]`, `bias [outputs]`.
///
/// Like every layer here it computes in the type of what it is given; its parameters stay float32.
package struct Linear {
  package let weight: Tensor
  package let bias: Tensor?

  package init(
    _ scope: Scope, inputs: Int, outputs: Int, hasBias: Bool = true,
    initializer: Initializer = .truncatedNormal(deviation: 0.02)
  ) {
    weight = scope.parameter("weight", shape: [outputs, inputs], initializer)
    bias = hasBias ? scope.parameter("bias", shape: [outputs], .zeros) : nil
  }

  package func callAsFunction(_ x: Tensor) -> Tensor {
    x.linear(weight: weight.to(x.type), bias: bias?.to(x.type))
  }

  /// The outputs of several layers for one input, side by side in the last dimension: one product instead of many.
  /// - Precondition: every layer has a bias.
  package static func joined(_ layers: [Linear], _ x: Tensor) -> Tensor {
    let weight = Tensor.concatenated(layers.map(\.weight))
    let bias = Tensor.concatenated(layers.compactMap(\.bias))
    return x.linear(weight: weight.to(x.type), bias: bias.to(x.type))
  }
}
