package import Torch

/// How a parameter that no checkpoint provides begins.
package enum Initializer: Sendable {
  case zeros
  case ones
  case constant(Double)
  case normal(deviation: Double)
  /// A normal distribution cut off at two deviations, as `timm.layers.trunc_normal_` uses with its default limits
  /// for small deviations, and as ViT was published with.
  case truncatedNormal(deviation: Double)
  /// Uniform in ±1/√fanIn: PyTorch's default for convolutions and linear layers.
  case uniform(fanIn: Int)
  /// Normal with deviation √(2/fanOut) (He et al., 2015), as ResNets begin.
  case kaiming(fanOut: Int)

  package func tensor(shape: [Int], drawingFrom generator: Generator, on device: Device) -> Tensor {
    switch self {
    case .zeros: .zeros(shape, on: device)
    case .ones: .ones(shape, on: device)
    case .constant(let value): .full(shape, value, on: device)
    case .normal(let deviation): .normal(shape, deviation: deviation, drawingFrom: generator, on: device)
    case .truncatedNormal(let deviation):
      // Inverse of the cumulative distribution between ±2 deviations: erf(2/√2) = 0.9545.
      Tensor.uniform(shape, in: -0.954_499_736...0.954_499_736, drawingFrom: generator, on: device)
        .inverseErrorFunction()
        * (deviation * 2.0.squareRoot())
    case .kaiming(let fanOut):
      .normal(shape, deviation: (2 / Double(fanOut)).squareRoot(), drawingFrom: generator, on: device)
    case .uniform(let fanIn):
      .uniform(
        shape, in: -1 / Double(fanIn).squareRoot()...1 / Double(fanIn).squareRoot(), drawingFrom: generator,
        on: device)
    }
  }
}
