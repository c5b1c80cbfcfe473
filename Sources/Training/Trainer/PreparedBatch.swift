package import Batching
package import Tasks
package import Torch

/// A batch in the parts in which it is computed, each packed with its targets.
package struct PreparedBatch<Plan: Sendable>: Sendable {
  package let parts: [PackedBatch<Plan>]

  /// - Parameter parts: how many; fewer where there are fewer videos.
  /// - Parameter device: where they will be computed.
  package init<Task: TrainingTask>(_ batch: Batch, for task: Task, parts: Int, on device: Device = .cpu)
  where Task.Plan == Plan {
    self.parts = batch.parts(parts).map { part in
      PackedBatch(part, for: device) { task.plan(part, of: batch, in: &$0) }
    }
  }

  package var whole: Batch { Batch(joining: parts.map(\.batch)) }

  /// Number of videos.
  package var count: Int { parts.reduce(0) { $0 + $1.batch.videos.count } }
}
