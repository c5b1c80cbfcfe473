import Dataset
import Storage
import SystemPackage

/// The folder inside an output folder that holds what an unfinished extraction knows; gone when it is finished.
struct WorkFolder {
  let output: FilePath

  var path: FilePath { output.appending(".extraction") }
  var plan: FilePath { path.appending("plan.json") }
  /// The `dataset.json` of a finished dataset that is extended or tried again.
  var previous: FilePath { path.appending("previous.json") }

  func spool(_ shard: Int) -> FilePath { path.appending("\(ShardName.stem(shard)).spool") }
  func part(_ shard: Int) -> FilePath { path.appending("\(ShardName.stem(shard)).part.json") }
}

/// A shard that is in place, and its share of the ledger: what `dataset.json` and `quarantine.jsonl` are put together
/// from, by whoever comes last.
struct ShardPart: Codable, Equatable {
  /// Videos of the annotations that it covers.
  var videos: Int
  /// Made after `--retry-quarantined` was asked for.
  var isRetried: Bool
  var shard: ShardSummary
  var quarantine: [QuarantineRow]

  enum CodingKeys: String, CodingKey {
    case videos, shard, quarantine
    case isRetried = "is_retried"
  }

  /// Nil where there is none or its shard is not in place.
  static func read(_ shard: Int, in folder: WorkFolder) -> ShardPart? {
    guard let part = try? JSONText.read(ShardPart.self, from: folder.part(shard)),
      part.shard.name == ShardName.tar(shard), StoredShard.isInPlace(part.shard, in: folder.output)
    else { return nil }
    return part
  }
}
