import Dataset
import Glibc
import Media
import Storage
import SystemPackage

/// The videos of a process's shards, in order, and what came of them.
final class ShardQueue: VideoQueue {
  private(set) var progress: Extractor.Progress

  private let folder: VideoFolder
  private let ids: VideoIDs
  private let plan: ExtractionPlan
  private let work: WorkFolder
  private let options: VideoReader.Options
  private let quality: Int
  private let report: (Extractor.Progress) -> Void

  /// Shards that needed nothing, by number.
  private var settled: [Int: ShardPart] = [:]
  private let finishing = ShardFinishing()
  /// Shards that are not begun, the next one last, with how many videos are expected to remain.
  private var waiting: [(shard: Int, expected: Int)] = []
  /// What there is of shards that are not finished.
  private var earlier: [Int: ShardPart] = [:]
  private var opened: [Int: OpenShard] = [:]
  /// Of the shard that videos are taken from, the next one last.
  private var positions: [Int] = []
  private var shard = 0
  private var upcoming: QueuedVideo?

  init(
    _ plan: ExtractionPlan, ids: VideoIDs, shards: [Int], previous: PreviousDataset?, _ work: WorkFolder,
    videos: VideoFolder, options: VideoReader.Options, quality: Int,
    report: @escaping (Extractor.Progress) -> Void
  ) throws {
    (self.plan, self.ids, self.work) = (plan, ids, work)
    (folder, self.options, self.quality, self.report) = (videos, options, quality, report)
    progress = Extractor.Progress(videos: 0, total: 0, quarantined: 0)
    try removePartialFiles(of: Set(shards))
    for shard in shards {
      let count = plan.videos(of: shard).count
      progress.total += count
      let part =
        try ShardPart.read(shard, in: work, of: plan, ids: ids) ?? previous?.part(shard, of: plan, ids: ids)
      if let part, part.videos == count, !plan.isRetry || part.isRetried || part.quarantine.isEmpty {
        try settle(shard, part)
        progress.videos += count
        continue
      }
      earlier[shard] = part
      var expected = count
      if Folder.exists(work.spool(shard, of: plan)) {
        expected = try open(shard).remaining.count
      } else if let part {
        let again = plan.isRetry && !part.isRetried ? part.quarantine.count : 0
        expected -= part.videos - again
        progress.quarantined += part.quarantine.count - again
      }
      progress.videos += count - expected
      waiting.append((shard, expected))
    }
    waiting.reverse()
    progress.resumed = progress.videos
  }

  /// Finished shards, by number. Waits for those that are being written.
  func parts() throws -> [Int: ShardPart] { try settled.merging(finishing.parts()) { $1 } }

  /// Waits until nothing is being written, whatever became of it.
  func wait() { finishing.wait() }

  // MARK: - VideoQueue

  func next() throws -> QueuedVideo? {
    defer { upcoming = nil }
    return try upcoming ?? take()
  }

  func nextShard() throws -> Int? {
    if upcoming == nil { upcoming = try take() }
    return upcoming?.shard
  }

  func finish(_ video: QueuedVideo, _ outcome: ExtractedVideo) throws {
    try store(outcome, shard: video.shard)
  }

  // MARK: -

  private func take() throws -> QueuedVideo? {
    while true {
      while let index = positions.popLast() {
        let id = ids[index]
        if let file = folder.file(of: id) {
          return QueuedVideo(
            index: index, shard: shard, path: folder.path.appending(file),
            request: VideoRequest(id: id, file: file, options: options, quality: quality))
        }
        try Task.checkCancellation()
        let row = QuarantineRow(id: id, reason: .missing, detail: "no file has this id as its name")
        try store(ExtractedVideo(row), shard: shard)
      }
      guard let next = waiting.popLast() else { return nil }
      try begin(next.shard, expected: next.expected)
    }
  }

  private func begin(_ number: Int, expected: Int) throws {
    shard = number
    let open = try open(number)
    positions = open.remaining.reversed()
    // Damaged samples of an earlier shard are read again.
    progress.videos -= positions.count - expected
    if open.isWhole { try close(open) }
  }

  private func open(_ shard: Int) throws -> OpenShard {
    if let open = opened[shard] { return open }
    let isCounted = !Folder.exists(work.spool(shard, of: plan)) && earlier[shard] != nil
    let open = try OpenShard(shard, of: plan, ids: ids, earlier: earlier[shard], work)
    if !isCounted { progress.quarantined += open.quarantined }
    opened[shard] = open
    return open
  }

  private func store(_ video: ExtractedVideo, shard: Int) throws {
    let open = try open(shard)
    try open.add(video)
    progress.videos += 1
    if video.quarantine != nil { progress.quarantined += 1 }
    if open.isWhole { try close(open) }
    report(progress)
  }

  private func close(_ open: OpenShard) throws {
    opened[open.number] = nil
    try finishing.finish(open)
  }

  /// A shard that needs nothing.
  private func settle(_ shard: Int, _ part: ShardPart) throws {
    if try ShardPart.read(shard, in: work, of: plan, ids: ids) == nil {
      try JSONText.write(part, to: work.part(shard))
    }
    unlink(work.spool(shard, of: plan).string)
    settled[shard] = part
    progress.quarantined += part.quarantine.count
  }

  /// What a killed process left of shards that it was writing.
  private func removePartialFiles(of shards: Set<Int>) throws {
    let prefixes = Set(
      shards.flatMap { shard in
        [ShardName.tar(shard), ShardName.index(of: ShardName.tar(shard))].map {
          AtomicFile.partialPrefix(for: work.output.appending($0))
        }
      })
    for name in try Folder.names(in: work.output) where name.hasPrefix(".") {
      // The prefix ends where the mark begins.
      guard let dash = name.lastIndex(of: "-") else { continue }
      if prefixes.contains(String(name[...dash])) { unlink(work.output.appending(name).string) }
    }
  }
}
