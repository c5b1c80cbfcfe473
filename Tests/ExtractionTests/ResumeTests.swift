import Dataset
import Foundation
import Storage
import SystemPackage
import Testing

@testable import Extraction

@Suite("An extraction that was stopped, or is asked for more")
struct ResumeTests {
  let place: Workplace

  init() throws { place = try Workplace() }

  @Test("goes on where it was, and ends with the same bytes", arguments: [1, 6, 11])
  func interrupted(after count: Int) async throws {
    let ids = try place.addVideos(13)
    _ = try place.extractor(ids, output: "whole", shardSize: 5).run()
    let extractor = try place.extractor(ids, shardSize: 5)
    try await place.interrupt(extractor, after: count)
    var seen: [Extractor.Progress] = []
    _ = try extractor.run { seen.append($0) }
    #expect(try place.content() == place.content(of: "whole"))
    // Nothing that was done is done again.
    #expect((seen.first?.resumed ?? 0) >= count && seen.count == 13 - (seen.first?.resumed ?? 0) + 1)
  }

  @Test(
    "loses one video where the last record was torn, or something else stands behind it", arguments: [1, 30])
  func tornSpool(bytes: Int) async throws {
    let ids = try place.addVideos(6)
    _ = try place.extractor(ids, output: "whole").run()
    var extractor = try place.extractor(ids)
    extractor.workers = 1  // two may answer at once, so that four are done
    try await place.interrupt(extractor, after: 3)
    let work = WorkFolder(output: extractor.output)
    let spool = work.spool(0, of: try #require(try ExtractionPlan.read(work)))
    let content = try Files.read(spool)
    try AtomicFile.write(Array(content.dropLast(bytes)) + Array("FWP1 and more".utf8), to: spool)
    var resumed: [Int] = []
    _ = try extractor.run { resumed.append($0.resumed) }
    #expect(resumed.first == 2)
    #expect(try place.content() == place.content(of: "whole"))
  }

  @Test("leaves nothing of what a killed process was writing")
  func partialFiles() async throws {
    let ids = try place.addVideos(4)
    _ = try place.extractor(ids, output: "whole").run()
    let extractor = try place.extractor(ids)
    try await place.interrupt(extractor, after: 2)
    for name in [".shard-000000.tar.partial-x", ".dataset.json.partial-1", ".quarantine.jsonl.partial-1"] {
      try AtomicFile.write("half", to: extractor.output.appending(name))
    }
    _ = try extractor.run()
    #expect(try place.content() == place.content(of: "whole"))
  }

  @Test("leaves nothing of one that was killed when the dataset was whole, unless somebody is at work there")
  func leftovers() async throws {
    let ids = try place.addVideos(4)
    let extractor = try place.extractor(ids)
    try await place.interrupt(extractor, after: 2)
    let work = WorkFolder(output: extractor.output)
    let plan = try Files.read(work.plan)
    _ = try extractor.run()
    let whole = try place.content()
    try Folder.create(work.path)
    for file in [work.plan, work.lock, extractor.output.appending(".dataset.json.partial-1")] {
      try AtomicFile.write(plan, to: file)
    }
    do {
      let lock = try FileLock.take(.shared, at: work.lock)
      defer { withExtendedLifetime(lock) {} }
      #expect(try extractor.run().wasComplete && Folder.exists(work.plan))
    }
    try AtomicFile.write(plan, to: work.lock)
    #expect(try extractor.run().wasComplete)
    #expect(try place.content() == whole)
  }

  @Test(
    "is extended by what was added to the annotations, without reading the rest again",
    arguments: [true, false])
  func extended(wasComplete: Bool) async throws {
    let ids = try place.addVideos(14)
    _ = try place.extractor(ids, output: "whole", shardSize: 4).run()
    // Six: a full shard, and half of one.
    let first = try place.extractor(Array(ids.prefix(6)), shardSize: 4)
    if wasComplete { _ = try first.run() } else { try await place.interrupt(first, after: 5) }
    var read = 0
    var resumed = 0
    if wasComplete { place.removeVideos(ids.prefix(6)) }
    _ = try place.extractor(ids, shardSize: 4).run { progress in
      (read, resumed) = (read + 1, progress.resumed)
    }
    #expect(read == 14 - resumed + 1 && resumed >= (wasComplete ? 6 : 5))
    #expect(try place.content() == place.content(of: "whole"))
  }

  @Test(
    "is not mixed with other videos, another order, other settings or shards, finished or not",
    arguments: [true, false])
  func refused(isFinished: Bool) async throws {
    let ids = try place.addVideos(4)
    let extractor = try place.extractor(ids)
    if isFinished { _ = try extractor.run() } else { try await place.interrupt(extractor, after: 2) }
    let before = try place.content()
    func expectRefusal(_ text: String, _ ids: [String], _ change: (inout Extractor) -> Void = { _ in }) throws
    {
      var other = try place.extractor(ids)
      change(&other)
      let error = #expect(throws: DatasetError.self) { try other.run() }
      #expect(error?.kind == .cannotCreate && error?.description.contains(text) == true, "\(text)")
    }
    try expectRefusal("of other videos", Array(ids.dropLast()))
    try expectRefusal("of other videos", ids.reversed())
    try expectRefusal("of other videos", ["v0", "v1", "v2", "v9", "v3"])
    try expectRefusal("other settings", ids) { $0.quality = 50 }
    try expectRefusal("other settings", ids) { $0.shardSize = 2 }
    #expect(try place.content() == before)
    var replacement = try place.extractor(["v1"])
    replacement.overwrite = true
    #expect(try replacement.run().videos == 1)
    #expect(
      try place.content().keys.sorted()
        == ["dataset.json", "quarantine.jsonl", "shard-000000.index.json", "shard-000000.tar"])
  }

  @Test("reads what was quarantined again, and nothing else, when asked to")
  func retried() async throws {
    let ids = try place.addVideos(8)  // v3 and v7 have no pictures
    var retry = try place.extractor(ids, shardSize: 2)
    retry.retryQuarantined = true
    _ = try place.extractor(ids, shardSize: 2).run()
    let before = try place.content()
    let identity = try inode("shard-000000.tar")
    #expect(try !retry.run().wasComplete)
    #expect(try place.content() == before)

    place.removeVideos(["v0", "v1", "v2", "v4", "v5", "v6"])
    try place.add("plain.mp4", as: "v3.mp4")
    // Interrupted, it is still a retry, with the option or without.
    try await place.interrupt(retry, after: 7)
    let summary = try place.extractor(ids, shardSize: 2).run()
    #expect(summary.quarantined == ["no-video-stream": 1] && summary.extracted == 7)
    #expect(try inode("shard-000000.tar") == identity)

    for id in ids { try place.add("plain.mp4", as: "\(id).mp4") }
    _ = try place.addVideos(3)
    try place.add("turned90.mp4", as: "v5.mp4")
    try place.add("vfr.mkv", as: "v6.mp4")
    try place.add("sound.mp4", as: "v7.mp4")
    _ = try place.extractor(ids, output: "whole", shardSize: 2).run()
    #expect(try place.content() == place.content(of: "whole"))
  }

  private func inode(_ name: String) throws -> UInt64? {
    let attributes = try FileManager.default.attributesOfItem(
      atPath: place.path.appending("out/\(name)").string)
    return (attributes[.systemFileNumber] as? NSNumber)?.uint64Value
  }

  @Test("belongs to one process at a time, shard by shard")
  func locked() async throws {
    let ids = try place.addVideos(2)
    let extractor = try place.extractor(ids)
    try await place.interrupt(extractor, after: 1)
    let work = WorkFolder(output: extractor.output)
    let plan = try #require(try ExtractionPlan.read(work))
    let spool = try ShardSpool(work.spool(0, of: plan), in: work, isRetry: false) { _, _ in true }
    let error = #expect(throws: DatasetError.self) { try extractor.run() }
    #expect(error?.description.contains("another extract is at work") == true)
    withExtendedLifetime(spool) {}
  }
}
