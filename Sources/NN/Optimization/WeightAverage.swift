package import Torch

/// A running mean of parameters that takes their place to validate and predict.
package final class WeightAverage {
  package enum Rule: Sendable {
    /// The exponential moving average (EMA), with the start's bias corrected: the n-th update keeps
    /// `min(decay, (1 + n) / (10 + n))`, so that the random initial weights are soon forgotten.
    case exponential(decay: Double)
    /// The plain mean of all states that were taken in: the n-th update keeps `(n - 1) / n`.
    case uniform

    func kept(at update: Int) -> Double {
      switch self {
      case .exponential(let decay): min(decay, Double(1 + update) / Double(10 + update))
      case .uniform: Double(update - 1) / Double(update)
      }
    }
  }

  /// In the order of the store's parameters.
  package let tensors: [Tensor]
  private let rule: Rule
  private let store: ParameterStore
  private var updates = 0

  package init(of store: ParameterStore, _ rule: Rule) {
    self.rule = rule
    self.store = store
    tensors = withoutGradients { store.tensors.map { $0.detached().clone() } }
  }

  /// Takes the parameters' present values in.
  package func update() {
    updates += 1
    let kept = rule.kept(at: updates)
    withoutGradients {
      Foreach.multiply(tensors, by: kept)
      Foreach.add(store.tensors, to: tensors, scale: 1 - kept)
    }
  }

  /// Runs `body` with the averages in the place of the store's values, which come back afterwards; with these values
  /// where nothing was averaged yet.
  package func withAverages<Result>(_ body: () throws -> Result) rethrows -> Result {
    guard updates > 0 else { return try body() }
    let trained = withoutGradients { store.tensors.map { $0.detached().clone() } }
    store.assign(tensors)
    defer { store.assign(trained) }
    return try body()
  }
}

extension WeightAverage: TrainingState {
  package var stateTensors: [(name: String, tensor: Tensor)] {
    zip(store.parameters, tensors).map { ($0.name, $1) }
  }

  package var stateCounts: [String: Int] {
    get { ["updates": updates] }
    set { updates = newValue["updates"] ?? 0 }
  }
}
