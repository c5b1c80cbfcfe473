package import Batching
package import Models
import NN
package import Torch

/// The gradients of a batch. The backbone runs forward once and backward once, whatever else the recipe asks for.
///
/// The frames' vectors are cut from the graph. Each pass through the fusion encoder, with other dropout (R-Drop) or
/// against attacked word embeddings, adds its gradient at that cut, and the backbone runs backward with the sum.
package struct BatchGradients {
  let model: VideoTextClassifier
  let objective: Objective
  /// Whether a second pass is to agree with the first.
  let isConsistent: Bool
  let adversary: Adversary?

  package init(_ model: VideoTextClassifier, _ objective: Objective, _ settings: ClassificationConfiguration)
  {
    self.model = model
    self.objective = objective
    isConsistent = settings.rDrop > 0
    adversary = Adversary(settings.adversary)
  }

  /// Adds the gradients of the batch's loss, or of its part that belongs to `target`, to those of the parameters.
  /// - Returns: the loss before any attack.
  package func accumulate(_ input: Batch.Tensors, _ target: Objective.Target) -> Tensor {
    let vectors = model.vectors(of: input.pictures)
    let cut = vectors.detached()
    cut.requiresGradient = vectors.requiresGradient
    func output() -> VideoTextClassifier.Output {
      model(text: input.text, vectors: cut, frames: input.frames, .training)
    }

    let loss =
      isConsistent ? objective.loss(output(), output(), target) : objective.loss(output(), target)
    loss.backward()
    adversary?.attack(model.wordEmbeddings) { objective.loss(output(), target) }
    if let gradient = cut.gradient { vectors.backward(seed: gradient) }
    return loss.detached()
  }
}
