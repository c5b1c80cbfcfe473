package import Batching
package import Dataset
package import Models
import NN
import Synchronization
import Torch

/// What a model says of a video.
package struct PredictedSample: Sendable {
  /// Place in the annotations.
  package let index: Int
  /// Of each category, in the order of the model's labels.
  package let probabilities: [Float]
  package let status: PredictionStatus

  package init(index: Int, probabilities: [Float], status: PredictionStatus) {
    self.index = index
    self.probabilities = probabilities
    self.status = status
  }
}

/// Predicts with one model, or with the weighted mean of several models' probabilities.
///
/// Nothing is random: frames are spread over the video, shown whole, dropout is off. On a processor each core reads and
/// computes batches of its own.
package struct Predictor {
  private let models: [VideoTextClassifier]
  private let weights: [Double]
  private let destination: InputDestination
  private let runtime: Runtime

  /// - Parameter models: with weights in the type in which the runtime computes.
  /// - Parameter weights: of each model in the mean, adding up to 1.
  package init(
    models: [VideoTextClassifier], weights: [Double], preparation: InputPreparation, runtime: Runtime
  ) {
    precondition(!models.isEmpty && models.count == weights.count, "nothing to predict with")
    self.models = models
    self.weights = weights
    self.runtime = runtime
    destination = InputDestination(
      preparation.frames, vectorSize: models[0].configuration.encoder.vectorSize, type: runtime.computeType,
      on: runtime.device)
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
    let cores = runtime.predictionCores
    let size = runtime.predictionsTogether
    let count = (indices.count + size - 1) / size
    @Sendable func read(_ number: Int) -> Batch {
      Batch(indices[number * size..<min((number + 1) * size, indices.count)].map { reader.sample($0) })
    }
    if runtime.device.isCUDA {
      let device = runtime.device
      let batches = Prefetcher(count: count, depth: runtime.prefetchDepth) {
        PackedBatch(read($0), for: device) { _ in }
      }
      defer { batches.cancel() }
      return try predict(batches.next, id: { reader.annotations[$0].id }, take: take)
    }
    var done = 0
    var width = cores.count
    while done < count {
      // The models' weights and the destination are only read until the prefetcher is cancelled, which waits.
      nonisolated(unsafe) let predictor = self
      let first = done
      let results = Prefetcher(count: count - first, depth: 2 * width, threads: width) { number in
        Machine.threads = cores.threadsPerPart
        return Result { try predictor.predict(read(first + number)) { reader.annotations[$0].id } }
      }
      defer { results.cancel() }
      do {
        while let result = results.next() {
          try take(try result.get())
          done += 1
        }
      } catch is VideoTooLarge where width > 1 {
        width = 1  // what does not fit beside others may fit alone
      }
    }
  }

  /// Batches one after the other; a device computes one while the one before is taken from it.
  /// - Parameter next: nil behind the last.
  /// - Parameter id: of the video with this `index`.
  package func predict(
    _ next: () -> PackedBatch<Void>?, id: (Int) -> String, take: ([PredictedSample]) throws -> Void
  ) throws {
    var before: Computed?
    while let batch = next() {
      let computed = try compute(batch, id: id)
      if let before { try take(before.samples) }
      before = computed
    }
    if let before { try take(before.samples) }
  }

  /// Videos that are read and prepared already, together: each core of a processor computes a part of them.
  /// - Parameter id: of the video with this `index`.
  /// - Throws: `VideoTooLarge` when memory does not suffice.
  package func predictions(
    of samples: [Sample], id: @escaping @Sendable (Int) -> String
  ) throws -> [PredictedSample] {
    let cores = runtime.predictionCores
    let parts = Batch(samples).parts(cores.count)
    guard parts.count > 1 else {
      Machine.threads = runtime.threads
      return try parts.flatMap { try predict($0, id: id) }
    }
    // The models' weights and the destination are only read until the prefetcher is cancelled, which waits.
    nonisolated(unsafe) let predictor = self
    let results = Prefetcher(count: parts.count, depth: parts.count) { number in
      Machine.threads = cores.threadsPerPart
      return Result { try predictor.predict(parts[number], id: id) }
    }
    defer { results.cancel() }
    var predicted: [PredictedSample] = []
    while let result = results.next() { predicted += try result.get() }
    return predicted
  }

  private func predict(_ batch: Batch, id: (Int) -> String) throws -> [PredictedSample] {
    try compute(PackedBatch(batch, for: runtime.device) { _ in }, id: id).samples
  }

  /// What a device was asked to compute of a batch, and to send.
  private struct Computed {
    let videos: [Batch.Video]
    /// `[videos, categories]` of each part, one after the other, on the processor.
    let probabilities: [Tensor]
    /// When they have arrived.
    let arrival: Moment

    /// Waits for them.
    var samples: [PredictedSample] {
      arrival.wait()
      let rows = probabilities.flatMap { part in
        let (categories, flat) = (part.size(1), part.values(Float.self))
        return (0..<part.size(0)).map { Array(flat[$0 * categories..<($0 + 1) * categories]) }
      }
      return zip(videos, rows).map { video, probabilities in
        PredictedSample(index: video.index, probabilities: probabilities, status: video.status)
      }
    }
  }

  /// In as many parts as memory asks for.
  private func compute(_ batch: PackedBatch<Void>, id: (Int) -> String) throws -> Computed {
    let videos = batch.batch.videos
    var parts = 1
    let ids = { videos.map { id($0.index) } }
    let (probabilities, _) = try fittingIntoMemory(parts: &parts, most: videos.count, ids: ids) { parts in
      parts == 1
        ? [self.probabilities(of: batch)]
        : batch.batch.parts(parts).map {
          self.probabilities(of: PackedBatch($0, for: runtime.device) { _ in })
        }
    }
    return Computed(videos: videos, probabilities: probabilities, arrival: Moment(on: runtime.device))
  }

  /// `[videos, categories]` float32, on their way to the processor.
  private func probabilities(of batch: PackedBatch<Void>) -> Tensor {
    withoutGradients {
      let input = batch.send(to: destination)
      let each = zip(models, weights).map { model, weight in
        model(
          tokens: input.tokens, vectors: model.encoder.vectors(of: input.pictures, .evaluation), input.layout,
          .evaluation
        ).logits.softmax(along: -1) * weight  // [videos, categories]
      }
      return each.dropFirst().reduce(each[0], +).fetching
    }
  }
}
