import Dataset
import Storage
import SystemPackage

/// The finished dataset that an extraction goes on from, shard by shard.
struct PreviousDataset {
  private let description: DatasetDescription
  private let rows: [String: QuarantineRow]
  private let folder: WorkFolder

  init(_ description: DatasetDescription, _ folder: WorkFolder) throws(DatasetError) {
    self.description = description
    self.folder = folder
    rows = Dictionary(try QuarantineRow.read(fromFolder: folder.output).map { ($0.id, $0) }) { $1 }
  }

  /// - Parameter ids: all ids of the annotations; it knows the first of them.
  /// - Returns: nil where it has no such shard, or it is gone.
  func part(_ shard: Int, of plan: ExtractionPlan, ids: VideoIDs) throws(FileError) -> ShardPart? {
    guard description.shards.indices.contains(shard) else { return nil }
    let summary = description.shards[shard]
    let start = shard * description.shardSize
    let covered = start..<min(start + description.shardSize, description.videos)
    guard !covered.isEmpty, summary.name == ShardName.tar(shard),
      try StoredShard.isInPlace(summary, in: folder.output)
    else { return nil }
    return ShardPart(
      videos: covered.count, fingerprint: plan.fingerprint(covering: ids[covered]), isRetried: false,
      shard: summary, quarantine: ids[covered].compactMap { rows[$0] })
  }
}
