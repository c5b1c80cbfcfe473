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
}
