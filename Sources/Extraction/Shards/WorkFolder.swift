import Dataset
import Glibc
import Storage
import SystemPackage

/// The folder inside an output folder that holds what an unfinished extraction knows; gone when it is finished.
struct WorkFolder {
  let output: FilePath

  var path: FilePath { output.appending(".extraction") }
  var plan: FilePath { path.appending("plan.json") }
  /// The `dataset.json` of a finished dataset that is extended, tried again or removed.
  var previous: FilePath { path.appending("previous.json") }
  /// Locked by all who are at work: shared, or exclusively while the folder is made ready.
  var lock: FilePath { output.appending(".extraction.lock") }
  private var marker: FilePath { output.appending(DatasetDescription.fileName) }

  /// The plan's settings are in the name, so that nobody goes on with what was read with others.
  func spool(_ shard: Int, of plan: ExtractionPlan) -> FilePath {
    path.appending("\(ShardName.stem(shard)).\(plan.fingerprint()).spool")
  }
  func part(_ shard: Int) -> FilePath { path.appending("\(ShardName.stem(shard)).part.json") }

  /// Whether extractions make files of this name in output folders.
  static func isOutput(_ name: String) -> Bool {
    name == DatasetDescription.fileName.string || name == QuarantineRow.fileName.string
      || ShardName.number(of: name) != nil
  }

  /// The finished dataset in the output folder; nil where there is none.
  func dataset() throws -> DatasetDescription? { try read(marker) }

  func previousDataset() throws -> DatasetDescription? { try read(previous) }

  /// Nil when there is no file, also when it goes away just now.
  private func read(_ path: FilePath) throws -> DatasetDescription? {
    guard Folder.exists(path) else { return nil }
    do {
      let description = try JSONText.read(DatasetDescription.self, from: path)
      guard description.version == DatasetDescription.currentVersion else {
        throw refusal("holds a dataset.json of version \(description.version)")
      }
      guard description.isSound else { throw refusal("holds a dataset.json that is not of this program") }
      return description
    } catch let error as JSONError {
      if !Folder.exists(path) { return nil }
      guard case .content = error else { throw error }
      throw refusal("holds a dataset.json that is not of this program")
    }
  }

  /// From here on the output folder counts as incomplete.
  func keepDataset() throws(FileError) {
    guard rename(marker.string, previous.string) == 0 || errno == ENOENT else {
      throw FileError.current(.rename, marker)
    }
  }

  /// Removes what an extraction has here, and the folder, unless something else is in it.
  func removeWork() throws(FileError) {
    let names: [String]
    do { names = try Folder.names(in: path) } catch {
      if error.reason == .noSuchFileOrDirectory { return }
      throw error
    }
    // The plan last: until then the shards beside it are known to be those of an extraction.
    for name in names.filter({ $0 != "plan.json" && isOwn($0) }) + ["plan.json"] {
      try Folder.removeFile(path.appending(name))
    }
    rmdir(path.string)
  }

  /// Removes what a process left beside a finished dataset that was killed when all else was done. Not where somebody is
  /// at work; and where nothing can be removed, as on a disk that may only be read, the dataset is as good with it.
  ///
  /// - Parameter isAlone: whether no other process is meant to take part; counts where the file system has no locks.
  func removeLeftovers(isAlone: Bool) {
    guard Folder.exists(path) || Folder.exists(lock), let lock = try? FileLock.take(.exclusive, at: lock)
    else { return }
    defer { withExtendedLifetime(lock) {} }
    guard isAlone || lock.obstacle == nil, Folder.exists(marker) else { return }
    try? removeWork()
    removePartials(among: (try? Folder.names(in: output)) ?? [])
  }

  private func isOwn(_ name: String) -> Bool {
    if name == "previous.json" { return true }
    let stem = name.drop { $0 == "." }.prefix { $0 != "." }
    return ShardName.number(of: "\(stem).tar") != nil || stem == "plan"
  }

  /// Removes what killed processes left of the files that complete a dataset.
  func removePartials(among names: [String]) {
    let prefixes = [DatasetDescription.fileName, QuarantineRow.fileName].map {
      AtomicFile.partialPrefix(for: output.appending($0))
    }
    for name in names where prefixes.contains(where: name.hasPrefix) {
      unlink(output.appending(name).string)
    }
  }

  func refusal(
    _ reason: String, _ advice: String = "choose another folder: nothing in this one is touched"
  ) -> DatasetError {
    DatasetError(output, "\(reason); \(advice)", kind: .cannotCreate)
  }

  func isInUse(_ difference: String = "") -> DatasetError {
    DatasetError(output, "another extract is at work on it\(difference)", kind: .cannotCreate)
  }
}

/// A shard that is in place, and its share of the ledger: what `dataset.json` and `quarantine.jsonl` are put together
/// from, by whoever comes last.
struct ShardPart: Codable, Equatable {
  /// Videos of the annotations that it covers.
  var videos: Int
  /// `ExtractionPlan.fingerprint` of the settings and these videos.
  var fingerprint: String
  /// Made after `--retry-quarantined` was asked for.
  var isRetried: Bool
  var shard: ShardSummary
  var quarantine: [QuarantineRow]

  enum CodingKeys: String, CodingKey {
    case videos, fingerprint, shard, quarantine
    case isRetried = "is_retried"
  }

  /// Nil where there is none of this plan, or its shard is not in place.
  ///
  /// - Parameter ids: all ids of the annotations.
  static func read(
    _ shard: Int, in folder: WorkFolder, of plan: ExtractionPlan, ids: VideoIDs
  ) throws -> ShardPart? {
    let part: ShardPart
    do { part = try JSONText.read(ShardPart.self, from: folder.part(shard)) } catch {
      if case .file(let error) = error, error.reason != .noSuchFileOrDirectory { throw error }
      return nil
    }
    let covered = ids[plan.videos(of: shard)].prefix(max(0, part.videos))
    guard part.shard.name == ShardName.tar(shard), part.shard.isSound, part.videos == covered.count,
      part.fingerprint == plan.fingerprint(covering: covered)
    else { return nil }
    return try StoredShard.isInPlace(part.shard, in: folder.output) ? part : nil
  }
}
