package import Batching
import Dataset
package import Models
package import NN
import Storage
import Torch

/// What a backbone makes of every stored frame of every video, computed once for all who need it.
package struct FrameVectors {
  private let backbone: any Backbone
  private let destination: InputDestination
  private let imageSize: Int
  private let width: Int
  private let runtime: Runtime

  /// Frames that go through the backbone at once.
  private static let framesAtOnce = 64
  /// Videos that a core reads and computes at a time.
  private static let videosAtOnce = 8

  /// - Parameter store: the weights; the backbone's names begin with `backbone`.
  package init(
    _ configuration: BackboneConfiguration, weights store: ParameterStore, _ frames: FramePreparation,
    runtime: Runtime
  ) throws {
    let replicas = Replicas(of: store, as: runtime.computeType, on: Cores(1)) {
      configuration.model($0["backbone"])
    }
    try replicas.refresh()
    backbone = replicas.models[0]
    imageSize = configuration.imageSize
    width = configuration.vectorSize
    self.runtime = runtime
    destination = InputDestination(
      frames, vectorSize: width, type: runtime.computeType, on: runtime.device)
  }

  /// The vectors of all frames of a video end to end; none where no frame could be read.
  package struct Video: Sendable {
    /// Place in the annotations.
    package let index: Int
    package let values: [Float]
    /// Which of the stored frames they are of.
    package let numbers: [Int]
    /// Frames that cannot be decoded; nil where nothing of the video can be read.
    package let undecodable: Int?
  }

  /// The videos at `indices`, in their order, some at a time.
  /// - Parameter id: of the video at a place.
  /// - Parameter frames: of the video at a place.
  /// - Throws: `VideoTooLarge` when a single frame does not fit into memory, and what `take` throws.
  package func compute(
    _ indices: [Int], id: @escaping @Sendable (Int) -> String,
    frames: @escaping @Sendable (Int) -> StoredFrames.Video, take: ([Video]) throws -> Void
  ) throws {
    let cores = runtime.predictionCores
    let size = Self.videosAtOnce
    // The weights are only read until the prefetcher is cancelled, which waits.
    nonisolated(unsafe) let vectors = self
    let results = Prefetcher(
      count: (indices.count + size - 1) / size, depth: 2 * cores.count, threads: cores.count
    ) { number in
      Machine.threads = cores.threadsPerPart
      return Result {
        try indices[number * size..<min((number + 1) * size, indices.count)].map {
          try vectors.video($0, frames($0), id: id($0))
        }
      }
    }
    defer { results.cancel() }
    while let result = results.next() { try take(try result.get()) }
  }

  private func video(_ index: Int, _ frames: StoredFrames.Video, id: String) throws -> Video {
    let (bytes, count) = (frames.bytes, frames.numbers.count)
    let bytesOfFrame = imageSize * imageSize * 3
    var values: [Float] = []
    values.reserveCapacity(count * width)
    var atOnce = Self.framesAtOnce
    while values.count < count * width {
      let first = values.count / width
      let here = min(atOnce, count - first)
      var parts = 1
      let (part, split) = try fittingIntoMemory(
        parts: &parts, most: here, ids: { [id] }
      ) { parts in
        let frames = max(1, here / parts)
        return self.vectors(
          of: Array(bytes[first * bytesOfFrame..<(first + frames) * bytesOfFrame]), count: frames)
      }
      if split != nil { atOnce = max(1, here / parts) }
      values += part
    }
    return Video(index: index, values: values, numbers: frames.numbers, undecodable: frames.undecodable)
  }

  private func vectors(of bytes: [UInt8], count: Int) -> [Float] {
    withoutGradients {
      guard case .frames(let frames) = destination.pictures(.frames(bytes, size: imageSize)) else {
        return []
      }
      return backbone(frames, .evaluation).to(.float32).to(.cpu).values(Float.self)
    }
  }
}
