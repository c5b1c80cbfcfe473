import Dataset
import Storage
import SystemPackage

/// Puts videos, as they come, into shards of `shardSize` videos each: shard k holds the videos k · shardSize up to
/// (k + 1) · shardSize of the annotations, less those that gave nothing. So a video's shard does not depend on
/// what became of the others.
struct ShardSequence: ~Copyable {
  private let folder: FilePath
  private let shardSize: Int
  private var writer: ShardWriter?
  /// Videos so far, with those that gave nothing.
  private(set) var videos = 0
  private(set) var shards: [ShardSummary] = []
  private(set) var quarantine: [QuarantineRow] = []

  init(folder: FilePath, shardSize: Int) {
    precondition(shardSize > 0)
    self.folder = folder
    self.shardSize = shardSize
  }

  mutating func append(_ video: ExtractedVideo) throws(FileError) {
    var current: ShardWriter
    if let open = writer.take() {
      current = open
    } else {
      current = try ShardWriter(folder.appending(ShardName.tar(videos / shardSize)))
    }
    if let sample = video.sample { try current.append(sample, jpegs: video.jpegs) }
    if let row = video.quarantine { quarantine.append(row) }
    videos += 1
    if videos % shardSize == 0 {
      shards.append(try current.finish())
    } else {
      writer = consume current
    }
  }

  /// Completes the last shard.
  mutating func finish() throws(FileError) {
    if let last = writer.take() { shards.append(try last.finish()) }
  }
}
