import Batching
import Dataset
import Foundation
import Inference
import Models
import NN
import Records
import Settings
import Storage
import SystemPackage
import Text
import Torch
import Training

/// A backbone that never learns: what it makes of the videos' frames is computed once and kept, and training reads that.
struct FrozenBackbone {
  /// The reader of its vectors.
  let reader: SampleReader
  /// What goes into the models that are saved, which read frames.
  let weights: [ParameterStore.Weight]

  /// Computes the vectors, or finds them where they were kept.
  /// - Parameter start: has the weights.
  /// - Parameter part: the training that the backbone belongs to.
  /// - Parameter reader: of the frames.
  /// - Parameter targets: of the annotations, in their order.
  init(
    _ start: StartingWeights, _ part: RunPart, _ configuration: any EncoderSettings,
    _ annotations: [Annotation], targets: [Target?], source: any VideoSource, reader: SampleReader,
    tokenizer: any Tokenizer, runtime: Runtime, cache: VectorCache,
    report: @escaping (FitEvent) throws -> Void
  ) throws {
    let backbone = try start.backbone(part, on: runtime.device)
    let making = VectorMaking(
      configuration: configuration, ids: annotations.map(\.id),
      videos: try source.fingerprint(of: annotations.lazy.map(\.id)), origin: try start.backboneOrigin(part),
      reader: reader, runtime: runtime, cache: cache, report: report)
    let (plain, views) = try making.vectors(of: backbone)
    self.reader = SampleReader(
      annotations: annotations, source: VectorizedVideos(plain, of: source),
      views: views.map { VectorizedVideos($0, of: source) }, tokenizer: tokenizer,
      preparation: configuration.input, targets: targets, cacheBytes: 0)
    weights = backbone.weights
  }
}

/// Computes the vectors of a run's videos, or finds them where they were kept.
struct VectorMaking {
  let configuration: any EncoderSettings
  let ids: [String]
  /// The fingerprint of their frames.
  let videos: String
  /// What makes the vectors.
  let origin: VectorFolder.Origin
  let reader: SampleReader
  let runtime: Runtime
  let cache: VectorCache
  let report: (FitEvent) throws -> Void

  /// The vectors of the frames as they are, and those of each changed version.
  /// - Throws: `VectorsInterrupted` once the task is cancelled; what is computed by then is kept.
  func vectors(of backbone: ParameterStore) throws -> (plain: VectorFolder, views: [VectorFolder]) {
    let checksum = backbone.checksum
    let plain = try vectors(of: backbone, checksum, view: nil)
    noteDamage(of: plain)
    let views = try (0..<configuration.optimization.unfreezing.views).map {
      try vectors(of: backbone, checksum, view: $0)
    }
    return (plain, views)
  }

  /// What could not be read is told by every run and process, not only by the one that computed the vectors.
  private func noteDamage(of vectors: VectorFolder) {
    for (index, id) in ids.enumerated() {
      guard let damage = vectors.damage[id] else { continue }
      if let frames = damage.frames {
        reader.damage.note(undecodable: frames, of: index)
      } else {
        reader.damage.noteMissing(index)
      }
    }
  }

  private func vectors(of backbone: ParameterStore, _ checksum: String, view: Int?) throws -> VectorFolder {
    let augmentation = configuration.optimization.augmentation
    let folder = cache.folder(
      VectorCache.Key(
        weights: checksum, backbone: JSONText.encode(configuration.backbone), configuration.input,
        precision: "\(runtime.computeType)", videos: videos,
        view: view.map { (configuration.foldSeed, $0, augmentation.frames) }))
    try Folder.create(folder)
    // Another process that trains another fold may be computing the same.
    while !VectorFolder.isComplete(folder) {
      do {
        let lock = try FolderLock(folder)
        if !VectorFolder.isComplete(folder) { try compute(backbone, view, augmentation, into: folder) }
        _ = consume lock
      } catch is FolderInUse {
        if Task.isCancelled { throw VectorsInterrupted() }
        Thread.sleep(forTimeInterval: 0.5)
      }
    }
    return try VectorFolder(folder)
  }

  /// One draw for all frames of a video, whatever the seed of the run: its vectors serve every seed.
  private func changes(_ view: Int?, _ augmentation: Augmentation) -> (@Sendable (Int) -> RandomChanges)? {
    guard let view else { return nil }
    let (seed, stream) = (configuration.foldSeed, UInt64(view + 1) << 32)
    return { RandomChanges(augmentation, from: SeededGenerator(seed: seed, stream: stream | UInt64($0))) }
  }

  private func compute(
    _ backbone: ParameterStore, _ view: Int?, _ augmentation: Augmentation, into folder: FilePath
  ) throws {
    let writer = try VectorWriter(folder, width: configuration.backbone.vectorSize, origin: origin)
    let rest = ids.indices.filter { !writer.contains(ids[$0]) }
    let making = try catchingOutOfMemory {
      try FrameVectors(
        configuration.backbone, weights: backbone, configuration.frames, runtime: runtime)
    }
    var frames = 0
    var (done, told) = (ids.count - rest.count, 0)
    func tell() throws {
      told = done
      let event = FitEvent.Vectors(videos: ids.count, done: done, frames: frames, view: view)
      try report(.vectors(event))
    }
    func take(_ videos: [FrameVectors.Video]) throws {
      for video in videos {
        let id = ids[video.index]
        try writer.append(
          id, video.values, frames: video.numbers.map { VectorWriter.Frame(number: $0) },
          lost: video.undecodable == 0 ? nil : VectorFolder.Damage(id: id, frames: video.undecodable))
        frames += video.numbers.count
      }
      done += videos.count
      if Task.isCancelled { throw VectorsInterrupted() }
      if done == ids.count || done - told >= max(1, ids.count / 20) { try tell() }
    }
    try tell()
    let changes = self.changes(view, augmentation)
    try making.compute(
      rest, id: { [ids] in ids[$0] }, frames: { [reader] in reader.allFrames($0, changes: changes?($0)) },
      take: take)
    try writer.commit()
  }
}

/// The user asked for an end while vectors were computed.
struct VectorsInterrupted: ReportableError {
  var kind: ErrorKind { .resumable }
  var description: String {
    "interrupted while the frozen backbone's vectors were computed; the same command goes on from there"
  }
}
