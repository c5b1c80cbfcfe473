package import Batching
import Inference
import NN
package import Tasks
import Torch

extension Trainer {
  /// Shows videos as training does, a batch after the other, and learns nothing from them. A batch is one part, however many
  /// cores there are, unless memory asks for more.
  /// - Parameter changes: of the video at a place in the annotations.
  /// - Throws: `VideoTooLarge`, and `CancellationError` once the task is cancelled.
  package func evaluate<Value>(
    _ videos: [Int], changes: @escaping @Sendable (Int) -> RandomChanges,
    _ body: (TaskPart<Task>) -> Value
  ) throws -> [Value] {
    let (reader, size, task, device) = (reader, settings.batchSize, task, runtime.device)
    let batches = Prefetcher(count: (videos.count + size - 1) / size, depth: 2) { number in
      let samples = videos[number * size..<min((number + 1) * size, videos.count)].map {
        reader.sample($0, changes: changes($0))
      }
      return PreparedBatch(Batch(samples), for: task, parts: 1, on: device)
    }
    defer { batches.cancel() }
    let together = Cores(1, threadsPerPart: cores.count * cores.threadsPerPart)
    var rounds = 1
    var values: [Value] = []
    while let batch = batches.next() {
      try _Concurrency.Task.checkCancellation()
      let (answers, _) = try fittingIntoMemory(parts: &rounds, most: batch.count, ids: { ids(of: batch) }) {
        rounds in
        let parts = rounds == 1 ? batch.parts : prepared(batch.whole, parts: rounds).parts
        return try together.map(parts) { part in
          withoutGradients {
            body(
              TaskPart(
                learner: learners[0], batch: part, destination: destination,
                pass: TrainingPass(seed: 0, on: destination.device)))
          }
        }
      }
      values += answers
    }
    return values
  }
}
