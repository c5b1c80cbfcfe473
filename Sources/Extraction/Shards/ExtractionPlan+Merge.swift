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
  func merge(_ folder: WorkFolder, isAlone: Bool) throws -> (DatasetDescription, [QuarantineRow])? {
    var parts: [ShardPart] = []
    for shard in 0..<shardCount {
      guard let part = ShardPart.read(shard, in: folder), part.videos == videos(of: shard).count,
        !isRetry || part.isRetried || part.quarantine.isEmpty
      else { return try finished(folder) }
      parts.append(part)
    }
    let rows = parts.flatMap(\.quarantine)
    let description = DatasetDescription(
      extraction: extraction, annotations: annotations, videos: videos, shardSize: shardSize,
      quarantined: rows.count, shards: parts.map(\.shard))
    try removeForeignFiles(folder, besides: Set(description.shards.map(\.name)), isAlone: isAlone)
    try QuarantineRow.write(rows, toFolder: folder.output)
    // Last: a folder that has it is complete.
    try description.write(toFolder: folder.output)
    // First, so that what may stay behind is nobody's.
    unlink(folder.plan.string)
    Folder.remove(folder.path)
    return (description, rows)
  }

  /// The dataset that another process has just put together.
  private func finished(_ folder: WorkFolder) throws -> (DatasetDescription, [QuarantineRow])? {
    guard Folder.exists(folder.output.appending(DatasetDescription.fileName)) else { return nil }
    let description = try DatasetDescription.read(fromFolder: folder.output)
    guard description.annotations == annotations else { return nil }
    return (description, try QuarantineRow.read(fromFolder: folder.output))
  }

  /// What an earlier, larger dataset or a killed process left behind.
  private func removeForeignFiles(_ folder: WorkFolder, besides shards: Set<String>, isAlone: Bool) throws {
    let halves = [DatasetDescription.fileName, QuarantineRow.fileName].map {
      AtomicFile.partialPrefix(for: folder.output.appending($0))
    }
    for name in try Folder.names(in: folder.output) {
      if ShardName.isTar(name), !shards.contains(name) {
        for file in [name, ShardName.index(of: name)] { unlink(folder.output.appending(file).string) }
      } else if isAlone, halves.contains(where: name.hasPrefix) {
        unlink(folder.output.appending(name).string)
      }
    }
  }
}
