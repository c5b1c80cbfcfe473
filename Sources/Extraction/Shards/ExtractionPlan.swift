import Dataset
import Glibc
import Storage
import SystemPackage

/// What an unfinished extraction is making; `plan.json`. Every process that takes part has the same one.
struct ExtractionPlan: Codable, Equatable {
  static let currentVersion = 1

  var version = currentVersion
  var extraction: DatasetDescription.Extraction
  /// `AnnotationFile.fingerprint` of all ids.
  var annotations: String
  var videos: Int
  var shardSize: Int
  /// Whether what was quarantined is read again.
  var isRetry: Bool

  enum CodingKeys: String, CodingKey {
    case version, extraction, annotations, videos
    case shardSize = "shard_size"
    case isRetry = "is_retry"
  }

  init(_ extraction: DatasetDescription.Extraction, ids: [String], shardSize: Int, isRetry: Bool) {
    precondition(shardSize > 0)
    self.extraction = extraction
    annotations = AnnotationFile.fingerprint(ids)
    videos = ids.count
    self.shardSize = shardSize
    self.isRetry = isRetry
  }

  var shardCount: Int { (videos + shardSize - 1) / shardSize }

  /// Positions in the annotations.
  func videos(of shard: Int) -> Range<Int> { shard * shardSize..<min((shard + 1) * shardSize, videos) }

  /// A finished dataset as a plan.
  fileprivate init(_ finished: DatasetDescription) {
    extraction = finished.extraction
    annotations = finished.annotations
    videos = finished.videos
    shardSize = finished.shardSize
    isRetry = false
  }

  /// Why what `earlier` made cannot be part of this, as the end of a sentence; nil when it can: the same settings, and
  /// the same videos or the first of them.
  fileprivate func difference(from earlier: ExtractionPlan, ids: [String]) -> String? {
    guard earlier.extraction == extraction, earlier.shardSize == shardSize else {
      return "with other settings"
    }
    guard earlier.videos <= videos,
      AnnotationFile.fingerprint(ids.prefix(earlier.videos)) == earlier.annotations
    else { return "of other videos" }
    return nil
  }
}

extension ExtractionPlan {
  enum Claim {
    /// The dataset is there already.
    case complete(DatasetDescription)
    /// The plan to work on, and the finished dataset that it goes on from.
    case work(ExtractionPlan, previous: DatasetDescription?)
  }

  /// Makes the output folder ready to be worked in, or finds that there is nothing to do.
  ///
  /// Any number of processes may do so at once: each step is a rename, and all do the same.
  ///
  /// - Throws: `DatasetError` when the folder holds something else, `FileError`.
  func claim(_ folder: WorkFolder, ids: [String], overwrite: Bool, isAlone: Bool) throws -> Claim {
    try Folder.create(folder.output)
    let marker = folder.output.appending(DatasetDescription.fileName)
    if overwrite {
      // From here on the folder counts as incomplete.
      guard unlink(marker.string) == 0 || errno == ENOENT else { throw FileError.current(.write, marker) }
      Folder.remove(folder.path)
    }
    var plan = self
    if let finished = try read(marker, DatasetDescription.read(fromFolder: folder.output)) {
      let earlier = ExtractionPlan(finished)
      try refuse(difference(from: earlier, ids: ids), folder.output, "a dataset")
      if finished.videos == videos, !isRetry || finished.quarantined == 0 { return .complete(finished) }
      // Left by a process that was killed when all was done.
      if isAlone { Folder.remove(folder.path) }
      try Folder.create(folder.path)
      try JSONText.write(plan, to: folder.plan)
      guard rename(marker.string, folder.previous.string) == 0 || errno == ENOENT else {
        throw FileError.current(.rename, marker)
      }
    } else {
      if let earlier = try read(folder.plan, Self.read(folder.plan)) {
        try refuse(difference(from: earlier, ids: ids), folder.output, "an unfinished extraction")
        plan.isRetry = isRetry || earlier.isRetry
      }
      try Folder.create(folder.path)
      try JSONText.write(plan, to: folder.plan)
    }
    return .work(plan, previous: try read(folder.previous, previousDescription(folder)))
  }

  private func refuse(_ difference: String?, _ output: FilePath, _ what: String) throws(DatasetError) {
    guard let difference else { return }
    throw DatasetError(
      output, "holds \(what) \(difference); choose another folder, or --overwrite to replace it",
      kind: .cannotCreate)
  }

  /// Nil when there is no file, also when it goes away just now.
  private func read<Value>(_ path: FilePath, _ value: @autoclosure () throws -> Value) throws -> Value? {
    guard Folder.exists(path) else { return nil }
    do { return try value() } catch {
      if !Folder.exists(path) { return nil }
      throw error
    }
  }

  private static func read(_ path: FilePath) throws(DatasetError) -> ExtractionPlan {
    let plan: ExtractionPlan
    do { plan = try JSONText.read(ExtractionPlan.self, from: path) } catch { throw DatasetError(error) }
    guard plan.version == currentVersion, plan.shardSize > 0, plan.videos > 0 else {
      throw DatasetError(path, "is not of this program; --overwrite to start anew")
    }
    return plan
  }

  private func previousDescription(_ folder: WorkFolder) throws(DatasetError) -> DatasetDescription {
    do { return try JSONText.read(DatasetDescription.self, from: folder.previous) } catch {
      throw DatasetError(error)
    }
  }
}
