import Dataset
import Extraction
import Foundation
import Storage
import SystemPackage
import Testing

@Suite("Extraction")
struct ExtractorTests {
  @Test("every annotation ends up in a shard or in the ledger, a broken video in both")
  func accounting() async throws {
    let place = try Workplace()
    try place.add("plain.mp4", as: "good.mp4")
    try place.add("sound.mp4", as: "sound.mp4")
    try place.write(Data(), as: "empty.mp4")
    try place.write(Data("just some text\n".utf8), as: "text.mp4")
    let whole = try Data(
      contentsOf: #require(Bundle.module.url(forResource: "Fixtures/plain.mp4", withExtension: nil)))
    try place.write(whole.prefix(whole.count * 8 / 10), as: "broken.mp4")

    let ids = ["text", "good", "absent", "broken", "empty", "sound"]
    let summary = try await place.extractor(ids).run()
    #expect(summary.videos == 6 && summary.extracted == 2 && summary.shards == 1 && !summary.wasComplete)
    #expect(
      summary.quarantined == ["not-media": 1, "missing": 1, "truncated": 1, "empty": 1, "no-video-stream": 1])
    let rows = try place.quarantine()
    #expect(rows.map(\.id) == ["text", "absent", "broken", "empty", "sound"])
    #expect(rows.map(\.reason) == [.notMedia, .missing, .truncated, .empty, .noVideoStream])
    #expect(rows.allSatisfy { !$0.detail.isEmpty })
    #expect(rows.map(\.file) == ["text.mp4", nil, "broken.mp4", "empty.mp4", "sound.mp4"])
    #expect(rows[2].frames > 0 && summary.frames == 4 + rows[2].frames)
    let description = try DatasetDescription.read(fromFolder: place.path.appending("out"))
    #expect(
      description.videos == 6 && description.quarantined == 5 && description.shards.map(\.samples) == [2])
  }

  @Test("any number of workers gives the same bytes", arguments: [2, 3, 7])
  func workers(count: Int) async throws {
    let place = try Workplace()
    let fixtures = ["plain.mp4", "turned90.mp4", "vfr.mkv", "sound.mp4"]
    var ids: [String] = []
    for number in 0..<23 {
      ids.append("v\(number)")
      try place.add(fixtures[number % 4], as: "v\(number).mp4")
    }
    for (output, workers) in [("one", 1), ("many", count)] {
      var extractor = try place.extractor(ids, output: output)
      (extractor.workers, extractor.shardSize) = (workers, 5)
      _ = try await extractor.run()
    }
    #expect(try place.content(of: "one") == place.content(of: "many"))
    #expect(try place.content(of: "one").keys.count { $0.hasSuffix(".tar") } == 5)
  }

  @Test("a video's shard does not depend on what became of the videos before it")
  func shardsByPosition() async throws {
    let place = try Workplace()
    try place.add("plain.mp4", as: "c.mp4")
    var extractor = try place.extractor(["a", "b", "c"])
    extractor.shardSize = 2
    _ = try await extractor.run()
    let description = try DatasetDescription.read(fromFolder: place.path.appending("out"))
    #expect(description.shards.map(\.samples) == [0, 1])
  }

  @Test("progress counts every video in order")
  func progress() async throws {
    let place = try Workplace()
    try place.add("plain.mp4", as: "b.mp4")
    var seen: [[Int]] = []
    _ = try await place.extractor(["a", "b", "c"]).run { seen.append([$0.videos, $0.total, $0.quarantined]) }
    #expect(seen == [[1, 3, 1], [2, 3, 1], [3, 3, 2]])
  }

  @Test("the same dataset is not made twice, another one not overwritten unless that is asked for")
  func overwriting() async throws {
    let place = try Workplace()
    try place.add("plain.mp4", as: "a.mp4")
    try place.add("vfr.mkv", as: "b.mp4")
    var extractor = try place.extractor(["a", "b"])
    extractor.shardSize = 1
    let first = try await extractor.run()
    let again = try await extractor.run()
    #expect(again.wasComplete && again.frames == first.frames)

    extractor.quality = 50
    let settings = await #expect(throws: DatasetError.self) { try await extractor.run() }
    #expect(settings?.kind == .cannotCreate && settings?.description.contains("other settings") == true)
    let videos = await #expect(throws: DatasetError.self) { try await place.extractor(["a"]).run() }
    #expect(videos?.description.contains("other videos") == true)

    var replacement = try place.extractor(["a"])
    (replacement.shardSize, replacement.overwrite) = (1, true)
    #expect(try await replacement.run().extracted == 1)
    // The second shard of the larger dataset must not survive.
    #expect(
      try place.content().keys.sorted()
        == ["dataset.json", "quarantine.jsonl", "shard-000000.index.json", "shard-000000.tar"])
  }

  @Test("what the world lacks is told by the kind of the error")
  func worldErrors() async throws {
    let place = try Workplace()
    var extractor = try place.extractor(["a"])
    extractor.videos = "/nowhere/at-all"
    #expect(await #expect(throws: FileError.self) { try await extractor.run() }?.kind == .missingInput)
    extractor.annotations = "/nowhere/at-all.json"
    #expect(await #expect(throws: DatasetError.self) { try await extractor.run() }?.kind == .missingInput)
    let none = try place.extractor([])
    #expect(await #expect(throws: DatasetError.self) { try await none.run() }?.kind == .badData)
    let onFile = try place.extractor(["a"], output: "annotations.json")
    #expect(await #expect(throws: FileError.self) { try await onFile.run() }?.kind == .cannotCreate)
  }

  @Test("a cancelled extraction stops, and leaves no dataset behind that looks complete")
  func cancellation() async throws {
    let place = try Workplace()
    let ids = (0..<40).map { "v\($0)" }
    for id in ids { try place.add("plain.mp4", as: "\(id).mp4") }
    let extractor = try place.extractor(ids)
    let task = Task {
      try await extractor.run { progress in
        if progress.videos == 3 { withUnsafeCurrentTask { $0?.cancel() } }
      }
    }
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try place.content().isEmpty)
  }
}
