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
      for weight in store.weights {  // one at a time: there may be no room for another set of weights
        try catchingOutOfMemory {
          let value = try checkpoint.tensor(weight.name)
          withoutGradients { weight.tensor.copy(from: value) }
        }
      }
      try mean.update()
    }
    return try mean.withAverages { try withPresentWeights(areAveraged: true, body) }
  }

  private func withPresentWeights<Value>(areAveraged: Bool, _ body: () throws -> Value) throws -> Value {
    try catchingOutOfMemory { try replicas.refresh() }
    if areAveraged { try recomputeStatistics() }
    return try body()
  }

  /// BatchNorm's statistics are those of the weights that it was trained with: for a mean of weights they are computed
  /// anew, from training videos without a step.
  private func recomputeStatistics() throws {
    guard !store.buffers.isEmpty else { return }
    let batches = batches(epoch: progress.epoch, from: 0)
    defer { batches.cancel() }
    var (read, seen, rounds) = (0, 0, progress.rounds)
    while read < Self.statisticsBatches, let batch = batches.next() {
      read += 1
      let (statistics, _) = try fittingIntoMemory(parts: &rounds, most: batch.count, ids: { ids(of: batch) })
      { rounds in
        let parts = taskParts(batch, rounds: rounds, step: progress.step)
        let width = width(of: batch, rounds: rounds)
        for start in stride(from: 0, to: parts.count, by: width) {
          _ = try cores.map(Array(parts[start..<min(start + width, parts.count)])) { part in
            withoutGradients { task.observe(part) }
          }
        }
        return parts.map(\.pass.statistics).filter { !$0.isEmpty }
      }
      guard !statistics.isEmpty else {
        if batch.whole.videos.contains(where: \.hasFrames) { return }  // frozen: nothing is noted
        continue
      }
      seen += 1
      BatchStatistics.apply(statistics, momentum: 1 / Double(seen))
    }
  }

  private static var statisticsBatches: Int { 100 }
}
