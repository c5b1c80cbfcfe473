package import Dataset
package import Models
import NN
import Torch

/// What a model says of a video.
package struct PredictedSample: Sendable {
  /// Place in the annotations.
  package let index: Int
  /// Of each category, in the order of the model's labels.
  package let probabilities: [Float]
  package let status: PredictionStatus
}

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

  /// The videos at `indices`, in that order.
  /// - Parameter report: is told how many more are done.
  package func predictions(
    of indices: [Int], reader: SampleReader, report: (Int) throws -> Void
  ) rethrows -> [PredictedSample] {
    let size = runtime.predictionBatchSize
    let batches = Prefetcher(count: (indices.count + size - 1) / size, depth: runtime.prefetchDepth) {
      number in
      Batch(indices[number * size..<min((number + 1) * size, indices.count)].map { reader.sample($0) })
    }
    defer { batches.cancel() }
    var result: [PredictedSample] = []
    result.reserveCapacity(indices.count)
    while let batch = batches.next() {
      for (sample, probabilities) in zip(batch.samples, probabilities(of: batch)) {
        result.append(
          PredictedSample(index: sample.index, probabilities: probabilities, status: sample.status))
      }
      try report(batch.samples.count)
    }
    return result
  }

  private func probabilities(of batch: Batch) -> [[Float]] {
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
