import Batching
package import Dataset
package import Inference
import Models
import NN
import Pretrained
import Storage
package import SystemPackage
import Text
import Torch

/// Vectors of many videos as a folder: what `framewise embed` does.
package struct VideoEmbedding {
  /// What a vector is of.
  package enum Unit: String, Sendable {
    /// Each stored frame.
    case frames
    /// A video: the mean of its frames' vectors.
    case videos
  }

  private let model: SingleBackbone
  private let ids: [String]
  private let source: any VideoSource
  private let unit: Unit
  private let isHalf: Bool
  private let runtime: Runtime

  /// - Parameter ids: of the videos, in the order of the rows.
  /// - Parameter isHalf: whether numbers are stored in 16 bits instead of 32.
  /// - Throws: `DatasetError` where the source holds vectors.
  package init(
    _ model: SingleBackbone, of unit: Unit, _ ids: [String], _ source: any VideoSource, isHalf: Bool,
    runtime: Runtime
  ) throws(DatasetError) {
    guard source.vectorSize == nil else {
      throw DatasetError(source.path ?? "--frames", "holds vectors already, no frames")
    }
    self.model = model
    self.ids = ids
    self.source = source
    self.unit = unit
    self.isHalf = isHalf
    self.runtime = runtime
  }

  /// Writes the folder. What was stopped goes on behind the last video that is whole, where all that decides the numbers is
  /// the same; else it begins anew.
  /// - Parameter report: how many videos are done.
  /// - Throws: `FolderInUse`; `CancellationError` once the task is cancelled, with what is computed kept.
  package func run(into folder: FilePath, report: (Int) throws -> Void) throws -> EmbeddingOutcome {
    let configuration = model.description.configuration
    let store = try model.weights(on: runtime.device)
    let frames = FramePreparation(
      maximumFrames: 1, configuration.normalization, model.description.framing)
    try Folder.create(folder)
    let lock = try FolderLock(folder)
    let writer = try VectorWriter(
      folder, width: configuration.vectorSize, origin: model.origin, isHalf: isHalf,
      fingerprint: try fingerprint(of: store, frames))
    var outcome = EmbeddingOutcome(width: configuration.vectorSize, resuming: writer)
    try report(outcome.resumed)
    let rest = ids.filter { !writer.contains($0) }
    let stored = StoredFrames(
      source, size: configuration.imageSize, kept: configuration.imageSize, model.description.framing)
    let making = try catchingOutOfMemory {
      try FrameVectors(configuration, weights: store, frames, runtime: runtime)
    }
    try making.compute(
      Array(rest.indices), id: { rest[$0] }, frames: { stored.video(rest[$0]) }
    ) { videos in
      for video in videos {
        let id = rest[video.index]
        let lost = video.undecodable == 0 ? nil : VectorFolder.Damage(id: id, frames: video.undecodable)
        let rows = unit == .videos ? mean(video, width: configuration.vectorSize) : vectors(video, stored, id)
        try writer.append(id, rows.values, frames: rows.frames, lost: lost)
        outcome.count(vectors: rows.frames.count)
      }
      try report(videos.count)
      try Task.checkCancellation()
    }
    try writer.commit()
    _ = consume lock
    return outcome
  }

  private typealias Rows = (values: [Float], frames: [VectorWriter.Frame])

  private func vectors(_ video: FrameVectors.Video, _ stored: StoredFrames, _ id: String) -> Rows {
    let times = stored.times(of: id) ?? []
    return (
      video.values,
      video.numbers.map { .init(number: $0, time: times.indices.contains($0) ? times[$0] : nil) }
    )
  }

  private func mean(_ video: FrameVectors.Video, width: Int) -> Rows {
    let count = video.numbers.count
    guard count > 0 else { return ([], []) }
    let mean = (0..<width).map { place in
      Float((0..<count).reduce(0.0) { $0 + Double(video.values[$1 * width + place]) } / Double(count))
    }
    return (mean, [.init(number: 0, time: nil)])
  }

  /// Of all that decides the numbers.
  private func fingerprint(of store: ParameterStore, _ frames: FramePreparation) throws -> String {
    let configuration = model.description.configuration
    let preparation = InputPreparation(
      modality: .video, imageSize: configuration.imageSize, squareSize: configuration.imageSize,
      frames: frames, text: TextBudget())
    let key = VectorCache.Key(
      weights: store.checksum, backbone: JSONText.encode(configuration), preparation,
      precision: "\(runtime.computeType)", videos: try source.fingerprint(of: ids))
    return "\(key.name) \(unit.rawValue) \(isHalf)"
  }
}
