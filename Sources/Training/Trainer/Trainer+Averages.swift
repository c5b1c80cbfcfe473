import Batching
import NN
import Tasks
package import Torch

extension Trainer {
  /// Runs `body` with the averaged weights in the place of the trained ones, in the learners too.
  package func withAverages<Value>(_ body: () throws -> Value) throws -> Value {
    try average.withAverages { areAveraged in try withPresentWeights(areAveraged: areAveraged, body) }
  }

  /// Runs `body` with the mean of other weights in the place of those that are there.
  package func withMean<Value>(of checkpoints: [any TensorFile], _ body: () throws -> Value) throws -> Value {
    let (present, mean) = try catchingOutOfMemory {
      (
        withoutGradients { store.weights.map { $0.tensor.detached().clone() } },
        WeightAverage(of: store, .uniform)
      )
    }
    defer { store.assign(present) }
    for checkpoint in checkpoints {
      store.assign(try store.weights.map { try checkpoint.tensor($0.name) })
      try mean.update()
    }
    return try mean.withAverages { try withPresentWeights(areAveraged: true, body) }
  }

  private func withPresentWeights<Value>(areAveraged: Bool, _ body: () throws -> Value) throws -> Value {
    if areAveraged { try recomputeStatistics() }
    try catchingOutOfMemory { try replicas.refresh() }
    return try body()
  }

  /// BatchNorm's statistics are those of the weights that it was trained with: for a mean of weights they are computed
  /// anew, from training videos without a step.
  private func recomputeStatistics() throws {
    guard !store.buffers.isEmpty else { return }
    let batches = batches(epoch: progress.epoch, from: 0)
    defer { batches.cancel() }
    var seen = 0
    while seen < Self.statisticsBatches, let batch = batches.next() {
      try catchingOutOfMemory {
        try replicas.refresh()
        let parts = taskParts(batch, rounds: progress.rounds, step: progress.step)
        withoutGradients { for part in parts { task.observe(part) } }
        let statistics = parts.map(\.pass.statistics)
        seen += 1
        BatchStatistics.apply(statistics, momentum: 1 / Double(seen))
      }
    }
  }

  private static var statisticsBatches: Int { 100 }
}
