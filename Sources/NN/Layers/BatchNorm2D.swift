package import Torch

/// Normalises each channel of `[images, channels, height, width]` (Ioffe & Szegedy, 2015), as `torch.nn.BatchNorm2d`:
/// by the batch in training, by the running statistics otherwise.
/// Parameters: `weight [channels]`, `bias [channels]`; buffers: `running_mean`, `running_var`.
///
/// A pass changes no statistics: it notes those of its images in `TrainingPass`, so that a step that is skipped, or
/// computed in parts, changes them once or not at all.
package struct BatchNorm2D {
  private let weight: Tensor
  private let bias: Tensor
  private let mean: Tensor
  private let variance: Tensor
  private let epsilon: Double
  private let isFrozen: Bool

  /// - Parameter isFrozen: whether training, too, normalises by the running statistics.
  package init(
    _ scope: Scope, channels: Int, epsilon: Double = 1e-5, isFrozen: Bool = false,
    initialWeight: Initializer = .ones
  ) {
    let scope = scope.inFullPrecision
    weight = scope.parameter("weight", shape: [channels], initialWeight)
    bias = scope.parameter("bias", shape: [channels], .zeros)
    mean = scope.buffer("running_mean", shape: [channels], .zeros)
    variance = scope.buffer("running_var", shape: [channels], .ones)
    self.epsilon = epsilon
    self.isFrozen = isFrozen
  }

  /// In float32, whatever the type of `x`; the result is of that type. libtorch converts a value at a time: a copy of all of
  /// them in float32 would cost more than the arithmetic.
  package func callAsFunction(_ x: Tensor, _ mode: Mode) -> Tensor {
    guard case .training(let pass) = mode, !isFrozen else {
      return x.batchNorm(weight: weight, bias: bias, mean: mean, variance: variance, epsilon: epsilon)
    }
    let (normalised, batchMean, inverseDeviation) = x.batchNormalised(
      weight: weight, bias: bias, epsilon: epsilon)
    let values = x.size(0) * x.size(2) * x.size(3)
    let batchVariance = withoutGradients {
      (inverseDeviation.power(-2) + -epsilon) * (Double(values) / Double(max(values - 1, 1)))
    }
    pass.note(
      BatchStatistics(
        mean: batchMean.detached(), variance: batchVariance, count: values, runningMean: mean,
        runningVariance: variance))
    return normalised
  }
}

/// What BatchNorm saw of one pass in training.
package struct BatchStatistics {
  /// `[channels]`
  let mean: Tensor
  /// With `count - 1` in the denominator, `[channels]`.
  let variance: Tensor
  /// Values of each channel.
  let count: Int
  let runningMean: Tensor
  let runningVariance: Tensor

  /// Moves the running statistics towards those of a step: what the parts saw together, as if it had been one batch.
  /// - Parameter parts: those of each part of the batch, from models that run the same layers; a part without images has
  ///   none.
  /// - Parameter momentum: how far; PyTorch's default is 0.1, `1 / n` at the n-th of a series gives its mean.
  package static func apply(_ parts: [[BatchStatistics]], momentum: Double = 0.1) {
    let parts = parts.filter { !$0.isEmpty }
    guard let first = parts.first else { return }
    withoutGradients {
      for layer in first.indices {
        let (mean, variance) = together(parts.map { $0[layer] })
        for (running, seen) in [(first[layer].runningMean, mean), (first[layer].runningVariance, variance)] {
          Foreach.multiply([running], by: 1 - momentum)
          Foreach.add([seen], to: [running], scale: momentum)
        }
      }
    }
  }

  /// Mean and variance over the values of all parts: within them, and between their means.
  private static func together(_ parts: [BatchStatistics]) -> (mean: Tensor, variance: Tensor) {
    guard parts.count > 1 else { return (parts[0].mean, parts[0].variance) }
    let total = Double(parts.reduce(0) { $0 + $1.count })
    func sum(_ term: (BatchStatistics) -> Tensor) -> Tensor {
      parts.dropFirst().reduce(term(parts[0])) { $0 + term($1) }
    }
    let mean = sum { $0.mean * (Double($0.count) / total) }
    let squares = sum { part in
      part.variance * Double(part.count - 1) + (part.mean - mean).power(2) * Double(part.count)
    }
    return (mean, squares / max(total - 1, 1))
  }
}
