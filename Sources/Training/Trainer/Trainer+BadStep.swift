package import Batching
import Dataset
import NN
import Tasks
import Torch

extension Trainer {
  /// The first tensor on the way through the model and back that holds something else than numbers. To be asked before
  /// the gradients are cleared.
  func firstNonFinite(_ batch: PreparedBatch<Task.Plan>, loss: Double) -> String {
    for part in batch.parts {
      guard case .vectors(let numbers, let width) = part.batch.pictures else { continue }
      if let place = numbers.firstIndex(where: { !$0.isFinite }) {
        var last = 0
        let video = part.batch.videos.first { video in
          last += video.frameCount
          return place / width < last
        }
        return "stored vectors of \"\(video.map { reader.annotations[$0.index].id } ?? "")\""
      }
    }
    let found = try? catchingOutOfMemory { () -> String? in
      if let weight = store.weights.first(where: { !$0.tensor.isFinite }) { return weight.name }
      if !loss.isFinite {
        return taskParts(batch, rounds: progress.rounds, step: progress.step).lazy.compactMap(
          task.firstNonFinite
        ).first
          ?? "loss"
      }
      // Backward goes through the layers from the last to the first.
      let gradient = store.parameters.last { $0.tensor.gradient?.isFinite == false }
      return gradient.map { "gradient of \($0.name)" }
    }
    return (found ?? nil) ?? (loss.isFinite ? "norm of the gradients" : "loss")
  }

  /// Loss and gradients of a batch as a bad step had them, and the first tensor that is not finite.
  /// - Parameter number: of the step, counted from 1.
  package func replay(
    _ step: BadStep, number: Int, _ batch: Batch
  ) throws -> (loss: Double, norm: Double, tensor: String?) {
    progress.step = number - 1
    progress.rounds = step.rounds
    defer { optimizer.clearGradients() }
    let prepared = prepared(batch, parts: 1)
    let (gradients, _) = try gradients(of: prepared, step: number - 1)
    return (
      gradients.loss, gradients.norm,
      gradients.areFinite ? nil : firstNonFinite(prepared, loss: gradients.loss)
    )
  }
}
