package import Dataset
import Foundation
package import Media
import Storage
package import SystemPackage

/// Turns the videos of an annotation file into a folder of shards.
package struct Extractor: Sendable {
  package var videos: FilePath
  package var annotations: FilePath
  package var output: FilePath
  package var options = VideoReader.Options()
  /// Of the JPEGs, 1…100.
  package var quality = 90
  /// Videos that are read at the same time. The output does not depend on it.
  package var workers = ProcessInfo.processInfo.activeProcessorCount
  /// Videos for which a shard is made.
  package var shardSize = 500
  /// Whether a dataset of other videos or settings may be replaced, and the same one made anew.
  package var overwrite = false

  package init(videos: FilePath, annotations: FilePath, output: FilePath) {
    self.videos = videos
    self.annotations = annotations
    self.output = output
  }

  package struct Progress: Sendable {
    package var videos: Int
    package var total: Int
    package var quarantined: Int
  }

  package struct Summary: Codable, Sendable, Equatable {
    /// Entries of the annotation file.
    package var videos: Int
    /// Videos with at least one frame.
    package var extracted: Int
    package var frames: Int
    /// As asked for; of each video see its sample.
    package var mode: ExtractionMode
    package var shards: Int
    /// Rows of the ledger by reason; truncated videos also count as extracted.
    package var quarantined: [String: Int]
    /// Ids for which several files were found, with these files; the first was taken.
    package var ambiguous: [String: [String]]
    /// The same dataset was there already, and nothing was done.
    package var wasComplete: Bool

    enum CodingKeys: String, CodingKey {
      case videos, extracted, frames, mode, shards, quarantined, ambiguous
      case wasComplete = "was_complete"
    }
  }

  /// `dataset.json` is written last: a folder that has it is complete.
  ///
  /// - Parameter report: called after each video, in the order of the annotations.
  /// - Throws: `DatasetError` and `FileError`; never for what is wrong with a video.
  package func run(report: (Progress) -> Void = { _ in }) async throws -> Summary {
    let ids = try AnnotationFile.read(annotations).map(\.id)
    guard !ids.isEmpty else { throw DatasetError(annotations, "has no annotations") }
    let wanted = DatasetDescription(
      extraction: .init(
        framesPerSecond: options.framesPerSecond, maximumFrames: options.maximumFrames,
        shortSide: options.shortSide, quality: quality, mode: .init(options.mode)),
      annotations: AnnotationFile.fingerprint(ids), videos: ids.count, quarantined: 0, shards: [])
    let folder = try VideoFolder(videos, ids: ids)
    if let complete = try claimOutput(for: wanted) { return complete }

    var shards = ShardSequence(folder: output, shardSize: shardSize)
    try await inOrder(count: ids.count, workers: workers) { [options, quality] index in
      ExtractedVideo(ids[index], in: folder, options: options, quality: quality)
    } take: { video in
      try shards.append(video)
      report(Progress(videos: shards.videos, total: ids.count, quarantined: shards.quarantine.count))
    }
    try shards.finish()
    var description = wanted
    (description.shards, description.quarantined) = (shards.shards, shards.quarantine.count)
    try removeShards(besides: Set(description.shards.map(\.name)))
    try QuarantineRow.write(shards.quarantine, toFolder: output)
    try description.write(toFolder: output)
    return summary(of: description, shards.quarantine, folder.ambiguous, wasComplete: false)
  }

  /// Makes the output folder ready to be written to; if the wanted dataset is in it, its summary.
  private func claimOutput(for wanted: DatasetDescription) throws -> Summary? {
    try Folder.create(output)
    let marker = output.appending(DatasetDescription.fileName)
    guard Folder.exists(marker) else { return nil }
    if overwrite {
      // From here on the folder counts as incomplete.
      guard unlink(marker.string) == 0 else { throw FileError.current(.write, marker) }
      return nil
    }
    let present = try DatasetDescription.read(fromFolder: output)
    guard present.extraction == wanted.extraction, present.annotations == wanted.annotations else {
      let difference = present.annotations == wanted.annotations ? "with other settings" : "of other videos"
      throw DatasetError(
        output, "holds a dataset \(difference); choose another folder, or --overwrite to replace it",
        kind: .cannotCreate)
    }
    return summary(of: present, try QuarantineRow.read(fromFolder: output), [], wasComplete: true)
  }

  /// What an earlier, larger dataset left behind.
  private func removeShards(besides current: Set<String>) throws {
    for name in try Folder.names(in: output) where ShardName.isTar(name) && !current.contains(name) {
      for file in [name, ShardName.index(of: name)] { unlink(output.appending(file).string) }
    }
  }

  private func summary(
    of description: DatasetDescription, _ quarantine: [QuarantineRow],
    _ ambiguous: [(id: String, files: [String])],
    wasComplete: Bool
  ) -> Summary {
    Summary(
      videos: description.videos, extracted: description.shards.reduce(0) { $0 + $1.samples },
      frames: description.shards.reduce(0) { $0 + $1.frames }, mode: description.extraction.mode,
      shards: description.shards.count,
      quarantined: quarantine.reduce(into: [:]) { $0[$1.reason.rawValue, default: 0] += 1 },
      ambiguous: Dictionary(uniqueKeysWithValues: ambiguous.map { ($0.id, $0.files) }),
      wasComplete: wasComplete)
  }
}
