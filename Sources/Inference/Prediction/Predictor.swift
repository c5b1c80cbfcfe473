package import Batching
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

/// Predicts with one model, or with the weighted mean of several models' probabilities.
///
/// Nothing is random: frames are spread over the video, shown whole, dropout is off.
package struct Predictor {
  private let models: [VideoTextClassifier]
  private let weights: [Double]
  private let preparation: InputPreparation
  private let runtime: Runtime

  /// - Parameter weights: of each model in the mean, adding up to 1.
  package init(
    models: [VideoTextClassifier], weights: [Double], preparation: InputPreparation, runtime: Runtime
  ) {
    precondition(!models.isEmpty && models.count == weights.count, "nothing to predict with")
    self.models = models
    self.weights = weights
    self.preparation = preparation
    self.runtime = runtime
  }

  /// The videos at `indices`, in that order. Where memory runs out, fewer are predicted at once.
  /// - Throws: `VideoTooLarge` when a single video does not fit into memory.
  package func predictions(
    of indices: [Int], reader: SampleReader, report: (Int) throws -> Void
  ) throws -> [PredictedSample] {
    var result: [PredictedSample] = []
    result.reserveCapacity(indices.count)
    try predict(indices, reader: reader) { samples in
      result += samples
      try report(samples.count)
    }
    return result
  }

  /// The videos at `indices`, in that order, a batch at a time; nothing is kept of those that were given away.
  package func predict(
    _ indices: [Int], reader: SampleReader, take: ([PredictedSample]) throws -> Void
  ) throws {
    let size = runtime.predictionBatchSize
    let batches = Prefetcher(count: (indices.count + size - 1) / size, depth: runtime.prefetchDepth) {
      number in
      Batch(indices[number * size..<min((number + 1) * size, indices.count)].map { reader.sample($0) })
    }
    defer { batches.cancel() }
    var parts = 1
    while let batch = batches.next() {
      let probabilities = try probabilities(of: batch, parts: &parts) { reader.annotations[$0.index].id }
      try take(
        zip(batch.samples, probabilities).map { sample, probabilities in
          PredictedSample(index: sample.index, probabilities: probabilities, status: sample.status)
        })
    }
  }

  /// - Parameter parts: in how many parts a batch is computed.
  private func probabilities(
    of batch: Batch, parts: inout Int, id: (Sample) -> String
  ) throws -> [[Float]] {
    while true {
      do {
        return try batch.parts(parts).flatMap { part in
          try catchingOutOfMemory { probabilities(of: part) }
        }
      } catch let error as OutOfMemory {
        guard parts < batch.samples.count else {
          throw VideoTooLarge(ids: batch.samples.map(id), cause: error)
        }
        parts = min(parts * 2, batch.samples.count)
      }
    }
  }

  private func probabilities(of batch: Batch) -> [[Float]] {
    let input = batch.tensors(
      preparation, width: models[0].configuration.fusion.visualEmbeddingSize, type: runtime.computeType,
      on: runtime.device)
    let mean = withoutGradients {
      let each = zip(models, weights).map { model, weight in
        model(
          text: input.text, vectors: model.vectors(of: input.pictures), frames: input.frames, .evaluation
        ).logits.softmax(along: -1) * weight  // [videos, categories]
      }
      return each.dropFirst().reduce(each[0], +)
    }
    let categories = mean.size(1)
    let flat = mean.to(.cpu).values(Float.self)
    return batch.samples.indices.map { Array(flat[$0 * categories..<($0 + 1) * categories]) }
  }
}
