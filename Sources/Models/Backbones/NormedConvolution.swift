import NN
import Torch

/// A convolution and the BatchNorm of its output.
struct NormedConvolution {
  private let convolution: Convolution2D
  private let norm: BatchNorm2D

  /// - Parameter padding: nil pads so that a stride of 1 keeps the size.
  /// - Parameter fanOut: what the first weights go by; nil takes outputs times the window, as PyTorch does whatever the
  ///   groups.
  /// - Parameter isFrozen: whether training, too, normalises by the running statistics.
  /// - Parameter beginsAtZero: whether the norm's first weights are 0, so that a block begins as the identity.
  init(
    _ scope: Scope, norm normScope: Scope, inputs: Int, outputs: Int, size: Int, stride: Int = 1,
    padding: Convolution2D.Padding? = nil, groups: Int = 1, hasBias: Bool = false, fanOut: Int? = nil,
    epsilon: Double = 1e-5, isFrozen: Bool, beginsAtZero: Bool = false
  ) {
    convolution = Convolution2D(
      scope, inputs: inputs, outputs: outputs, size: size, stride: stride,
      padding: padding ?? .zeros(size / 2), groups: groups, hasBias: hasBias,
      initializer: .kaiming(fanOut: fanOut ?? outputs * size * size))
    norm = BatchNorm2D(
      normScope, channels: outputs, epsilon: epsilon, isFrozen: isFrozen,
      initialWeight: beginsAtZero ? .zeros : .ones)
  }

  func callAsFunction(_ x: Tensor, _ mode: Mode) -> Tensor { norm(convolution(x), mode) }
}
