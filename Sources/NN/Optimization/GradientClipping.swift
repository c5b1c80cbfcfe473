package import Torch

/// Scales all gradients down together when their joint Euclidean norm exceeds a bound.
package enum GradientClipping {
  /// Returns the norm before clipping; it is infinite or NaN when a gradient is, and then nothing is scaled.
  @discardableResult
  package static func clip(_ parameters: [Tensor], maximumNorm: Double) -> Double {
    let gradients = parameters.compactMap(\.gradient)
    guard !gradients.isEmpty else { return 0 }
    return withoutGradients {
      let squares = Tensor.stacked(Foreach.norm(gradients)).power(2)
      let norm = squares.sum().item.squareRoot()
      if norm.isFinite, norm > maximumNorm { Foreach.multiply(gradients, by: maximumNorm / (norm + 1e-6)) }
      return norm
    }
  }
}
