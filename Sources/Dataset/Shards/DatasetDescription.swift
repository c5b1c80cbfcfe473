package import Storage
package import SystemPackage

/// What a folder of shards is and how it was made; `dataset.json`, written last, when all shards are in place.
package struct DatasetDescription: Codable, Sendable, Equatable {
  package static let fileName: FilePath.Component = "dataset.json"
  package static let currentVersion = 1
  /// Videos for which a shard can be made.
  package static let shardSizes = 1...1_000_000

  package struct Extraction: Codable, Sendable, Equatable {
    package var framesPerSecond: Double
    /// Frames of one video at most; longer videos are covered more thinly.
    package var maximumFrames: Int
    /// Pixels.
    package var shortSide: Int
    /// JPEG quality, 1…100.
    package var quality: Int
    package var mode: ExtractionMode

    package init(
      framesPerSecond: Double, maximumFrames: Int, shortSide: Int, quality: Int, mode: ExtractionMode = .exact
    ) {
      self.framesPerSecond = framesPerSecond
      self.maximumFrames = maximumFrames
      self.shortSide = shortSide
      self.quality = quality
      self.mode = mode
    }

    enum CodingKeys: String, CodingKey {
      case framesPerSecond = "frames_per_second"
      case maximumFrames = "maximum_frames"
      case shortSide = "short_side"
      case quality, mode
    }
  }

  package var version: Int
  package var extraction: Extraction
  /// `AnnotationFile.fingerprint` of the ids that were asked for.
  package var annotations: String
  /// Ids that were asked for.
  package var videos: Int
  /// Shard k holds the videos k · `shardSize` up to (k + 1) · `shardSize`, less those without frames.
  package var shardSize: Int
  /// Rows of the quarantine ledger.
  package var quarantined: Int
  package var shards: [ShardSummary]

  package init(
    extraction: Extraction, annotations: String, videos: Int, shardSize: Int, quarantined: Int,
    shards: [ShardSummary]
  ) {
    version = Self.currentVersion
    self.extraction = extraction
    self.annotations = annotations
    self.videos = videos
    self.shardSize = shardSize
    self.quarantined = quarantined
    self.shards = shards
  }

  enum CodingKeys: String, CodingKey {
    case version, extraction, annotations, videos, quarantined, shards
    case shardSize = "shard_size"
  }

  package func write(toFolder folder: FilePath) throws(FileError) {
    try JSONText.write(self, to: folder.appending(Self.fileName))
  }

  package static func read(fromFolder folder: FilePath) throws(DatasetError) -> DatasetDescription {
    let path = folder.appending(fileName)
    let description: DatasetDescription
    do { description = try JSONText.read(DatasetDescription.self, from: path) } catch {
      throw DatasetError(error)
    }
    guard description.version == currentVersion else {
      throw DatasetError(
        path, field: "version",
        "is \(description.version), this program reads \(currentVersion); run extract again")
    }
    for (index, shard) in description.shards.enumerated() where !ShardName.isTar(shard.name) {
      throw DatasetError(path, field: "shards[\(index)].name", "\(quoted(shard.name)) is no name of a shard")
    }
    guard description.isSound else {
      throw DatasetError(path, field: "shards", "holds numbers that no extraction writes; run extract again")
    }
    return description
  }

  /// Whether an extraction can have written its numbers.
  package var isSound: Bool {
    Self.shardSizes ~= shardSize && videos >= 0 && quarantined >= 0 && shards.allSatisfy(\.isSound)
  }
}
