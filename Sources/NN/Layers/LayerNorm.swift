package import Torch

/// Normalises over the last dimension. Parameters: `weight [width]`, beginning at 1, and `bias [width]`, at 0.
package struct LayerNorm {
  private let weight: Tensor
  private let bias: Tensor?
  private let epsilon: Double

  package init(_ scope: Scope, width: Int, epsilon: Double, hasBias: Bool = true) {
    weight = scope.parameter("weight", shape: [width], .ones)
    bias = hasBias ? scope.parameter("bias", shape: [width], .zeros) : nil
    self.epsilon = epsilon
  }

  package func callAsFunction(_ x: Tensor) -> Tensor {
    x.layerNorm(weight: weight, bias: bias, epsilon: epsilon)
  }
}
