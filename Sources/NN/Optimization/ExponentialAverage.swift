package import Torch

/// The exponential moving average (EMA) of parameters, with the start's bias corrected: after `n` updates the decay
/// is `min(decay, (1 + n) / (10 + n))`, so that the random initial weights are soon forgotten.
package final class ExponentialAverage {
  package let decay: Double
  /// In the order of the store's parameters.
  package let tensors: [Tensor]
  private let store: ParameterStore
  private var updates = 0

  package init(of store: ParameterStore, decay: Double) {
    self.decay = decay
    self.store = store
    tensors = withoutGradients { store.tensors.map { $0.detached().clone() } }
  }

  /// Takes the parameters' present values in.
  package func update() {
    updates += 1
    let decay = min(decay, Double(1 + updates) / Double(10 + updates))
    withoutGradients {
      Foreach.multiply(tensors, by: decay)
      Foreach.add(store.tensors, to: tensors, scale: 1 - decay)
    }
  }

  /// Runs `body` with the averages in the place of the store's values, which come back afterwards.
  package func withAverages<Result>(_ body: () throws -> Result) rethrows -> Result {
    let trained = withoutGradients { store.tensors.map { $0.detached().clone() } }
    store.assign(tensors)
    defer { store.assign(trained) }
    return try body()
  }
}
