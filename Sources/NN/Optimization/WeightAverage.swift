package import Torch

/// A running mean of weights that takes their place to validate and predict.
///
/// Buffers are averaged with the parameters. BatchNorm's statistics are then those of other weights than the mean, and
/// better computed anew where training videos are at hand.
package final class WeightAverage {
  package enum Rule: Sendable {
    /// The exponential moving average (EMA), with the start's bias corrected: the n-th update keeps
    /// `min(decay, (1 + n) / (10 + n))`, so that the random initial weights are soon forgotten.
    case exponential(decay: Double)
    /// The plain mean of all states that were taken in: the n-th update keeps `(n - 1) / n`.
    case uniform

    func kept(at update: Int) -> Double {
      switch self {
      case .exponential(let decay): RunningMean.kept(decay, at: update)
      case .uniform: Double(update - 1) / Double(update)
      }
    }
  }

  /// In the order of the store's weights.
  package let tensors: [Tensor]
  private let rule: Rule
  private let store: ParameterStore
  private var updates = 0

  /// Whether nothing was averaged yet.
  package var isEmpty: Bool { updates == 0 }

  package init(of store: ParameterStore, _ rule: Rule) {
    self.rule = rule
    self.store = store
    tensors = withoutGradients { store.weights.map { $0.tensor.detached().clone() } }
  }

  /// Takes the weights' present values in.
  package func update(on cores: Cores = Cores(1)) throws {
    updates += 1
    let kept = rule.kept(at: updates)
    let weights = store.weights
    try cores.share(tensors.indices) { range in
      withoutGradients {
        let averages = Array(tensors[range])
        Foreach.multiply(averages, by: kept)
        Foreach.add(weights[range].map(\.tensor), to: averages, scale: 1 - kept)
      }
    }
  }

  /// Runs `body` with the averages in the place of the store's values, which come back afterwards; with these values
  /// where nothing was averaged yet.
  /// - Throws: `OutOfMemory` where there is no room for both, and what `body` throws.
  package func withAverages<Value>(_ body: () throws -> Value) throws -> Value {
    guard updates > 0 else { return try body() }
    let trained = try catchingOutOfMemory {
      withoutGradients { store.weights.map { $0.tensor.detached().clone() } }
    }
    store.assign(tensors)
    defer { store.assign(trained) }
    return try body()
  }
}

extension WeightAverage: TrainingState {
  package var stateTensors: [(name: String, tensor: Tensor)] {
    zip(store.weights, tensors).map { ($0.name, $1) }
  }

  package var stateCounts: [String: Int] {
    get { ["updates": updates] }
    set { updates = newValue["updates"] ?? 0 }
  }
}
