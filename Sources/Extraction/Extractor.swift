package import Dataset
import Glibc
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
  /// Processes that read a video each. The output does not depend on it.
  package var workers = Processors.available
  /// Bytes of data (heap and private mappings) that each worker may have.
  package var memory = 4 << 30
  /// Videos for which a shard is made; one of `DatasetDescription.shardSizes`.
  package var shardSize = 500
  /// The shards that this process makes.
  package var share = ShardShare.all
  /// Whether a dataset of other videos or settings may be replaced, and the same one made anew.
  package var overwrite = false
  /// Whether what an earlier run quarantined is read again.
  package var retryQuarantined = false
  /// The worker's executable.
  package var program = Self.programBesideThis

  package init(videos: FilePath, annotations: FilePath, output: FilePath) {
    self.videos = videos
    self.annotations = annotations
    self.output = output
  }

  /// In the folder of the executable that runs.
  package static var programBesideThis: FilePath {
    var path = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &path, path.count - 1)
    let own = FilePath(
      String(decoding: path.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self))
    return own.removingLastComponent().appending("framewise-extract-worker")
  }

  package struct Progress: Sendable, Equatable {
    /// Done, those of earlier runs included.
    package var videos: Int
    /// Of this process's shards.
    package var total: Int
    package var quarantined: Int
    /// Done by earlier runs.
    package var resumed = 0
  }

  package struct Summary: Codable, Sendable, Equatable {
    /// Entries of the annotation file; those in this process's shards where others are not there yet.
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
    /// Whether all shards are there, those of other processes included.
    package var isComplete: Bool
    /// The same dataset was there already, and nothing was done.
    package var wasComplete: Bool
    /// Videos in quarantine as missing that have a file now: it came later, or is in another folder than the one that was
    /// looked in.
    package var found = 0

    enum CodingKeys: String, CodingKey {
      case videos, extracted, frames, mode, shards, quarantined, ambiguous, found
      case isComplete = "is_complete"
      case wasComplete = "was_complete"
    }
  }

  /// Goes on where an earlier run with the same arguments stopped. `dataset.json` is written last: a folder that has
  /// it is complete.
  ///
  /// Blocks its thread until all is done or the task is cancelled.
  ///
  /// - Parameters:
  ///   - report: called once before the first video, and after each.
  ///   - notice: called with what the user should know, a line each.
  /// - Throws: `DatasetError`, `FileError`, `WorkerError`, `CancellationError`; never for what is wrong with a video.
  package func run(
    report: @escaping (Progress) -> Void = { _ in }, notice: @escaping (String) -> Void = { _ in }
  ) throws -> Summary {
    let ids = try AnnotationFile.ids(of: annotations, warn: notice)
    guard !ids.isEmpty else { throw DatasetError(annotations, "has no annotations") }
    let folder = try VideoFolder(videos, ids: ids)
    guard access(program.string, X_OK) == 0 else { throw WorkerError.missing(program) }

    let work = WorkFolder(output: output)
    let plan = ExtractionPlan(
      .init(
        framesPerSecond: options.framesPerSecond, maximumFrames: options.maximumFrames,
        shortSide: options.shortSide, quality: quality, mode: .init(options.mode)), ids: ids,
      shardSize: shardSize,
      isRetry: retryQuarantined)
    if !overwrite, let finished = try plan.finished(in: work, ids: ids) {
      work.removeLeftovers(isAlone: share == .all)
      return try summary(finished, videos: folder)
    }
    try folder.requireAny()
    if let closed = folder.closed.first, ids.contains(where: { folder.file(of: $0) == nil }) {
      notice(
        "\(videos): what is in folders that may not be read counts as missing; there are \(folder.closed.count), \(closed) say"
      )
    }
    switch try plan.claim(work, ids: ids, overwrite: overwrite, isAlone: share == .all) {
    case .complete(let finished): return try summary(finished, videos: folder)
    case .work(let plan, let previous, let lock):
      defer { withExtendedLifetime(lock) {} }
      if let obstacle = lock.obstacle {
        notice("\(output): this file system has no locks (\(obstacle)): nothing keeps a second extract away")
      }
      let shards = share.shards(of: plan.shardCount)
      let queue = try ShardQueue(
        plan, ids: ids, shards: shards, previous: previous.map { try PreviousDataset($0, work) }, work,
        videos: folder, options: options, quality: quality, report: report)
      // Before the lock is given up.
      defer { queue.wait() }
      report(queue.progress)
      var supervisor = Supervisor<ShardQueue>(program, workers: workers, memory: memory, notice: notice)
      try supervisor.run(queue)
      let finished = try queue.parts()
      let parts = shards.compactMap { finished[$0] }
      var result: Summary
      if let (description, rows) = try plan.merge(work, ids: ids) {
        result = summary(description.shards, rows, videos: ids.count, in: folder, isComplete: true)
      } else {
        let videos = parts.reduce(0) { $0 + $1.videos }
        result = summary(
          parts.map(\.shard), parts.flatMap(\.quarantine), videos: videos, in: folder, isComplete: false)
      }
      result.ambiguous = Dictionary(uniqueKeysWithValues: folder.ambiguous.map { ($0.id, $0.files) })
      return result
    }
  }

  private func summary(_ finished: DatasetDescription, videos folder: VideoFolder) throws -> Summary {
    let rows = try QuarantineRow.read(fromFolder: output)
    var summary = summary(finished.shards, rows, videos: finished.videos, in: folder, isComplete: true)
    summary.wasComplete = true
    return summary
  }

  private func summary(
    _ shards: [ShardSummary], _ rows: [QuarantineRow], videos: Int, in folder: VideoFolder, isComplete: Bool
  ) -> Summary {
    Summary(
      videos: videos, extracted: shards.reduce(0) { $0 + $1.samples },
      frames: shards.reduce(0) { $0 + $1.frames }, mode: .init(options.mode), shards: shards.count,
      quarantined: rows.reduce(into: [:]) { $0[$1.reason.rawValue, default: 0] += 1 }, ambiguous: [:],
      isComplete: isComplete, wasComplete: false,
      found: rows.count { $0.reason == .missing && $0.file == nil && folder.file(of: $0.id) != nil })
  }
}
