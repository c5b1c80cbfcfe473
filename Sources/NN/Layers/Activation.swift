package import Torch

/// What bends the values between two layers, by timm's names. The wrong one of two that look alike computes something that
/// is worse and no error.
package enum Activation: String, Codable, Sendable, CaseIterable {
  /// `x · Φ(x)` with the exact error function.
  case gelu
  /// The same with `Φ` approximated by a hyperbolic tangent; Hugging Face's `gelu_pytorch_tanh`.
  case geluTanh = "gelu_tanh"
  /// `x · sigmoid(1.702 · x)`, which OpenAI trained CLIP with.
  case quickGELU = "quick_gelu"
  case relu
  /// `min(max(x, 0), 6)`
  case relu6
  /// `x · sigmoid(x)`, also called swish.
  case silu

  package func callAsFunction(_ x: Tensor) -> Tensor {
    switch self {
    case .gelu: x.gelu()
    case .geluTanh: x.geluByTanh()
    case .quickGELU: x * (x * 1.702).sigmoid()
    case .relu: x.relu()
    case .relu6: x.relu6()
    case .silu: x.silu()
    }
  }
}
