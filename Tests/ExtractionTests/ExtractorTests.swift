import Dataset
import Extraction
import Foundation
import Storage
import SystemPackage
import Testing

@Suite("Extraction")
struct ExtractorTests {
  @Test("every annotation ends up in a shard or in the ledger, a broken video in both")
  func accounting() throws {
    let place = try Workplace()
    try place.add("plain.mp4", as: "good.mp4")
    try place.add("sound.mp4", as: "sound.mp4")
    try place.write(Data(), as: "empty.mp4")
    try place.write(Data("just some text\n".utf8), as: "text.mp4")
    let whole = try Data(
      contentsOf: #require(Bundle.module.url(forResource: "Fixtures/plain.mp4", withExtension: nil)))
    try place.write(whole.prefix(whole.count * 8 / 10), as: "broken.mp4")

    let ids = ["text", "good", "absent", "broken", "empty", "sound"]
    let summary = try place.extractor(ids).run()
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
  func workers(count: Int) throws {
    let place = try Workplace()
    let ids = try place.addVideos(23)
    for (output, workers) in [("one", 1), ("many", count)] {
      var extractor = try place.extractor(ids, output: output)
      (extractor.workers, extractor.shardSize) = (workers, 5)
      _ = try extractor.run()
    }
    #expect(try place.content(of: "one") == place.content(of: "many"))
    #expect(try place.content(of: "one").keys.count { $0.hasSuffix(".tar") } == 5)
  }

  @Test("a video's shard does not depend on what became of the videos before it")
  func shardsByPosition() throws {
    let place = try Workplace()
    try place.add("plain.mp4", as: "c.mp4")
    var extractor = try place.extractor(["a", "b", "c"])
    extractor.shardSize = 2
    _ = try extractor.run()
    let description = try DatasetDescription.read(fromFolder: place.path.appending("out"))
    #expect(description.shards.map(\.samples) == [0, 1])
  }

  @Test("progress counts every video, and begins with what was there")
  func progress() throws {
    let place = try Workplace()
    try place.add("plain.mp4", as: "b.mp4")
    var seen: [Extractor.Progress] = []
    _ = try place.extractor(["a", "b", "c"]).run { seen.append($0) }
    #expect(seen.map(\.videos) == [0, 1, 2, 3] && seen.allSatisfy { $0.total == 3 && $0.resumed == 0 })
    #expect(seen.last?.quarantined == 2)
    seen = []
    _ = try place.extractor(["a", "b", "c", "d"]).run { seen.append($0) }
    #expect(seen.map(\.videos) == [3, 4] && seen.map(\.quarantined) == [2, 3])
    #expect(seen.allSatisfy { $0.total == 4 && $0.resumed == 3 })
  }

  @Test("the same dataset is not made twice, another one not overwritten unless that is asked for")
  func overwriting() throws {
    let place = try Workplace()
    try place.add("plain.mp4", as: "a.mp4")
    try place.add("vfr.mkv", as: "b.mp4")
    var extractor = try place.extractor(["a", "b"])
    extractor.shardSize = 1
    let first = try extractor.run()
    let again = try extractor.run()
    #expect(again.wasComplete && again.frames == first.frames)

    extractor.quality = 50
    let settings = #expect(throws: DatasetError.self) { try extractor.run() }
    #expect(settings?.kind == .cannotCreate && settings?.description.contains("other settings") == true)
    let videos = #expect(throws: DatasetError.self) { try place.extractor(["a"], shardSize: 1).run() }
    #expect(videos?.description.contains("other videos") == true)

    var replacement = try place.extractor(["a"])
    (replacement.shardSize, replacement.overwrite) = (1, true)
    #expect(try replacement.run().extracted == 1)
    // The second shard of the larger dataset must not survive.
    #expect(
      try place.content().keys.sorted()
        == ["dataset.json", "quarantine.jsonl", "shard-000000.index.json", "shard-000000.tar"])
  }

  @Test("what the world lacks is told by the kind of the error")
  func worldErrors() throws {
    let place = try Workplace()
    try place.add("plain.mp4", as: "a.mp4")
    var extractor = try place.extractor(["a"])
    extractor.videos = "/nowhere/at-all"
    #expect(#expect(throws: FileError.self) { try extractor.run() }?.kind == .missingInput)
    extractor.annotations = "/nowhere/at-all.json"
    #expect(#expect(throws: DatasetError.self) { try extractor.run() }?.kind == .missingInput)
    let none = try place.extractor([])
    #expect(#expect(throws: DatasetError.self) { try none.run() }?.kind == .badData)
    let onFile = try place.extractor(["a"], output: "annotations.json")
    #expect(#expect(throws: FileError.self) { try onFile.run() }?.kind == .cannotCreate)
  }
}
