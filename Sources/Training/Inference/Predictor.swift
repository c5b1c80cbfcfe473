package import Models
import NN
import Torch

/// The probability of each category, in the order of the model's labels.
package typealias Probabilities = [Float]

/// Predicts with one model, or with the mean of several models' probabilities.
///
/// Nothing is random: frames are spread over the video, shown whole, dropout is off.
package struct Predictor {
  private let models: [VideoTextClassifier]
  private let preparation: InputPreparation
  private let runtime: Runtime

  package init(models: [VideoTextClassifier], preparation: InputPreparation, runtime: Runtime) {
    precondition(!models.isEmpty, "nothing to predict with")
    self.models = models
    self.preparation = preparation
    self.runtime = runtime
  }

  /// The probabilities of the videos at `indices`, in that order.
  package func probabilities(of indices: [Int], reader: SampleReader) -> [Probabilities] {
    var result: [Probabilities] = []
    forEachBatch(of: indices, reader: reader) { _, probabilities in result += probabilities }
    return result
  }

  /// Hands out samples with their probabilities, batch by batch, in the order of `indices`.
  package func forEachBatch(
    of indices: [Int], reader: SampleReader, _ body: ([Sample], [Probabilities]) throws -> Void
  ) rethrows {
    let size = runtime.predictionBatchSize
    let batches = Prefetcher(count: (indices.count + size - 1) / size, depth: runtime.prefetchDepth) { number in
      Batch(indices[number * size..<min((number + 1) * size, indices.count)].map { reader.sample($0) })
    }
    defer { batches.cancel() }
    while let batch = batches.next() { try body(batch.samples, probabilities(of: batch)) }
  }

  private func probabilities(of batch: Batch) -> [Probabilities] {
    let input = batch.tensors(
      preparation, width: models[0].configuration.fusion.visualEmbeddingSize, type: runtime.computeType,
      on: runtime.device)
    let mean = withoutGradients {
      let each = models.map { model in
        model(
          text: input.text, vectors: model.vectors(of: input.pictures), frames: input.frames, .evaluation
        ).logits.softmax(along: -1)
      }
      return Tensor.stacked(each).mean(along: 0)  // [videos, categories]
    }
    let categories = mean.size(1)
    let flat = mean.to(.cpu).values(Float.self)
    return batch.samples.indices.map { Array(flat[$0 * categories..<($0 + 1) * categories]) }
  }
}
