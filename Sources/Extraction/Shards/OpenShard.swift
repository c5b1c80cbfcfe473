import Dataset
import Glibc
import Storage
import SystemPackage

/// A shard that is being made.
final class OpenShard {
  let number: Int
  private let folder: WorkFolder
  private let plan: ExtractionPlan
  /// All of the shard, in order.
  private let ids: Slice<VideoIDs>
  private let spool: ShardSpool
  private var missing: Int

  /// Goes on from what the spool holds, and from `earlier`: fewer videos of the same shard, or the same with some in
  /// quarantine.
  init(
    _ number: Int, of plan: ExtractionPlan, ids: VideoIDs, earlier: ShardPart?, _ folder: WorkFolder
  ) throws {
    self.number = number
    self.plan = plan
    self.folder = folder
    self.ids = ids[plan.videos(of: number)]
    let extraction = plan.extraction
    let known = Set(self.ids)
    spool = try ShardSpool(folder.spool(number, of: plan), in: folder, isRetry: plan.isRetry) { id, video in
      guard let place = known.firstIndex(of: id) else { return false }
      return video.isSound(
        for: known[place], shortSide: extraction.shortSide, maximumFrames: extraction.maximumFrames,
        mode: extraction.mode)
    }
    missing = 0
    if let earlier { try take(from: earlier) }
    missing = self.ids.count { !spool.contains($0) }
  }

  var isWhole: Bool { missing == 0 }

  var quarantined: Int { spool.quarantined }

  /// Positions in the annotations.
  var remaining: [Int] { ids.indices.filter { !spool.contains(ids[$0]) } }

  func add(_ video: ExtractedVideo) throws(FileError) {
    var video = video
    video.isRetried = plan.isRetry
    try spool.append(video)
    missing -= 1
  }

  /// Writes the shard, in the order of the annotations, and its part of the ledger.
  func finish() throws -> ShardPart {
    precondition(isWhole)
    let path = folder.output.appending(ShardName.tar(number))
    var writer = try ShardWriter(path)
    var rows: [QuarantineRow] = []
    for id in ids {
      let video = try spool.video(id)
      if let sample = video.sample { try writer.append(sample, jpegs: video.jpegs) }
      if let row = video.quarantine { rows.append(row) }
    }
    let part = ShardPart(
      videos: ids.count, fingerprint: plan.fingerprint(covering: ids), isRetried: plan.isRetry,
      shard: try writer.finish(), quarantine: rows)
    try JSONText.write(part, to: folder.part(number))
    spool.remove()
    return part
  }

  /// Copies what the earlier shard has into the spool, except what is read again; a damaged sample is read again, too.
  private func take(from earlier: ShardPart) throws {
    let rows = Dictionary(earlier.quarantine.map { ($0.id, $0) }) { $1 }
    let isRetry = plan.isRetry && !earlier.isRetried
    let known = ids.prefix(earlier.videos)
    let stored = try StoredShard(folder.output.appending(ShardName.tar(number)))
    let positions = Dictionary(stored.ids.enumerated().map { ($1, $0) }) { $1 }
    for id in known where !spool.contains(id) && !(isRetry && rows[id] != nil) {
      let sample = positions[id].flatMap {
        stored.sample(at: $0, shortSide: plan.extraction.shortSide)
      }
      if sample == nil, rows[id] == nil || rows[id]?.reason == .truncated { continue }
      try spool.append(
        ExtractedVideo(
          sample: sample?.sample, jpegs: sample?.jpegs ?? [], quarantine: rows[id],
          isRetried: earlier.isRetried))
    }
  }
}
