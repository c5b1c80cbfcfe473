import Batching
import Dataset
import Models
import NN
import Torch

extension FoldTrainer {
  /// The first tensor on the way through the model and back that holds something else than numbers. To be asked before
  /// the gradients are cleared.
  func firstNonFinite(_ batch: Batch, loss: Double) -> String {
    for sample in batch.samples {
      if case .features(let values, _) = sample.pictures, !values.allSatisfy(\.isFinite) {
        return "stored vectors of \"\(reader.annotations[sample.index].id)\""
      }
    }
    if let weight = store.parameters.first(where: { !$0.tensor.isFinite }) { return weight.name }
    if !loss.isFinite { return (try? firstNonFiniteOutput(batch)) ?? "loss" }
    // Backward goes through the layers from the last to the first.
    let gradient = store.parameters.last { $0.tensor.gradient?.isFinite == false }
    return gradient.map { "gradient of \($0.name)" } ?? "norm of the gradients"
  }

  /// nil where the outputs are finite without dropout.
  private func firstNonFiniteOutput(_ batch: Batch) throws -> String? {
    for part in batch.parts(progress.parts) {
      let found = try catchingOutOfMemory {
        withoutGradients { () -> String? in
          let input = tensors(of: part)
          let vectors = model.vectors(of: input.pictures)
          if !vectors.isFinite { return "vectors of the backbone" }
          let output = model(text: input.text, vectors: vectors, frames: input.frames, .evaluation)
          if !output.logits.isFinite { return "logits" }
          return output.videoLogits.isFinite ? nil : "logits of the video head"
        }
      }
      if let found { return found }
    }
    return nil
  }
}
