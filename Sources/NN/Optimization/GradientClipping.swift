package import Torch

/// Scales all gradients down together when their joint Euclidean norm exceeds a bound.
package enum GradientClipping {
  /// The joint norm, a scalar; infinite or NaN when a gradient is. Reading it waits for the device, so that it is best
  /// read together with the loss.
  package static func norm(of parameters: [Tensor]) -> Tensor {
    let gradients = parameters.compactMap(\.gradient)
    guard let first = gradients.first else { return .zeros([], on: parameters.first?.device ?? .cpu) }
    return withoutGradients {
      Tensor.stacked(Foreach.norm(gradients).map { $0.to(first.device) }).power(2).sum().squareRoot()
    }
  }

  /// - Parameter norm: that of the gradients; where it is not finite nothing is scaled.
  package static func clip(_ parameters: [Tensor], norm: Double, maximumNorm: Double) {
    guard norm.isFinite, norm > maximumNorm else { return }
    withoutGradients { Foreach.multiply(parameters.compactMap(\.gradient), by: maximumNorm / (norm + 1e-6)) }
  }
}
