package import Torch

/// Copies of a model that compute with one set of weights, each on a core of its own.
package final class Replicas<Model> {
  package let models: [Model]
  private let replicas: [Replica]
  private let cores: Cores

  /// - Parameter type: in which layers compute; the master's parameters stay float32.
  /// - Parameter make: makes the model as it was made for `master`.
  package init(of master: ParameterStore, as type: DataType, on cores: Cores, make: (Scope) -> Model) {
    var replicas: [Replica] = []
    models = (0..<cores.count).map { _ in
      let replica = Replica(of: master, type: type, sharing: replicas.first)
      replicas.append(replica)
      return make(ParameterStore(replica, on: master.device).root)
    }
    self.replicas = replicas
    self.cores = cores
  }

  /// Casts the master's weights: to be called when they have changed.
  package func refresh() throws {
    try cores.share(0..<replicas[0].count) { range in
      for replica in replicas { replica.refresh(range) }
    }
  }

  /// Adds the gradients that passes have left in the replicas to those of the master, in float32 and in the replicas'
  /// order, and clears them.
  package func collectGradients() throws {
    try cores.share(0..<replicas[0].count) { Replica.collectGradients(of: replicas, $0) }
  }

  package func clearGradients() { for replica in replicas { replica.clearGradients() } }
}
