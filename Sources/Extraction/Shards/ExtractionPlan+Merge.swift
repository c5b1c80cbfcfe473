import Dataset
import Glibc
import Storage
import SystemPackage

extension ExtractionPlan {
  /// Puts the ledger and `dataset.json` together when the shards of all processes are there; nil when some are
  /// missing.
  ///
  /// Whoever comes last does it. If several do at once, all write the same, and one that finds the parts gone finds
  /// the dataset complete.
  func merge(_ folder: WorkFolder, ids: VideoIDs) throws -> (DatasetDescription, [QuarantineRow])? {
    var parts: [ShardPart] = []
    for shard in 0..<shardCount {
      guard let part = try ShardPart.read(shard, in: folder, of: self, ids: ids),
        part.videos == videos(of: shard).count,
        !isRetry || part.isRetried || part.quarantine.isEmpty
      else { return try finished(folder) }
      parts.append(part)
    }
    let rows = parts.flatMap(\.quarantine)
    let description = DatasetDescription(
      extraction: extraction, annotations: annotations, videos: videos, shardSize: shardSize,
      quarantined: rows.count, shards: parts.map(\.shard))
    try QuarantineRow.write(rows, toFolder: folder.output)
    // Last: a folder that has it is complete.
    try description.write(toFolder: folder.output)
    // First, so that what may stay behind is nobody's.
    unlink(folder.plan.string)
    try folder.removeWork()
    return (description, rows)
  }

  /// The dataset that another process has just put together.
  private func finished(_ folder: WorkFolder) throws -> (DatasetDescription, [QuarantineRow])? {
    guard let description = try folder.dataset(), description.annotations == annotations,
      description.extraction == extraction
    else { return nil }
    return (description, try QuarantineRow.read(fromFolder: folder.output))
  }
}
