import Dataset
import Foundation
import Storage
import SystemPackage
import Testing

@testable import Extraction

@Suite("The folder that an extraction writes to")
struct OutputFolderTests {
  let place: Workplace
  var output: FilePath { place.path.appending("out") }

  init() throws { place = try Workplace() }

  private func write(_ text: String, as name: String) throws {
    try Folder.create(output.appending(name).removingLastComponent())
    try AtomicFile.write(text, to: output.appending(name))
  }

  private func expectRefusal(_ extractor: Extractor, _ text: String) throws {
    let error = #expect(throws: DatasetError.self) { try extractor.run() }
    #expect(error?.kind == .cannotCreate && error?.description.contains(text) == true, "\(text)")
  }

  @Test(
    "is refused where it holds such files of somebody else, told to overwrite or not, and nothing is touched",
    arguments: [
      "shard-000000.tar", "shard-000123.tar", "shard-000000.index.json", "dataset.json", "quarantine.jsonl",
    ], [true, false])
  func strangers(name: String, overwrite: Bool) throws {
    var extractor = try place.extractor(try place.addVideos(2))
    extractor.overwrite = overwrite
    try write("mine", as: name)
    try expectRefusal(extractor, name)
    #expect(try place.content() == [name: Data("mine".utf8)])
  }

  @Test(
    "is refused where its dataset.json has numbers that no extraction makes",
    arguments: [
      { $0.videos = -1 }, { $0.shardSize = 0 }, { $0.shardSize = .max }, { $0.shards[0].samples = -1 },
      { $0.shards[0].samples = .max }, { $0.shards[0].frames = -1 }, { $0.shards[0].frames = .max },
    ] as [@Sendable (inout DatasetDescription) -> Void])
  func forgedDataset(change: @Sendable (inout DatasetDescription) -> Void) throws {
    let extractor = try place.extractor(try place.addVideos(2), shardSize: 1)
    _ = try extractor.run()
    var description = try DatasetDescription.read(fromFolder: output)
    change(&description)
    try description.write(toFolder: output)
    let before = try place.content()
    try expectRefusal(extractor, "dataset.json")
    #expect(try place.content() == before)
  }

  @Test(
    "is refused where its plan.json has numbers that no extraction has",
    arguments: [
      { $0.videos = -1 }, { $0.videos = 0 }, { $0.shardSize = 0 }, { $0.shardSize = .max },
    ] as [@Sendable (inout ExtractionPlan) -> Void])
  func forgedPlan(change: @Sendable (inout ExtractionPlan) -> Void) async throws {
    let extractor = try place.extractor(try place.addVideos(3), shardSize: 1)
    try await place.interrupt(extractor, after: 2)
    let work = WorkFolder(output: output)
    var plan = try #require(try ExtractionPlan.read(work))
    change(&plan)
    try JSONText.write(plan, to: work.plan)
    try expectRefusal(extractor, "plan.json")
  }

  @Test("A shard whose numbers are none that an extraction makes is made again", arguments: [-1, Int.max])
  func forgedPart(frames: Int) async throws {
    let ids = try place.addVideos(5)
    _ = try place.extractor(ids, output: "whole", shardSize: 2).run()
    let extractor = try place.extractor(ids, shardSize: 2)
    try await place.interrupt(extractor, after: 3)
    let file = WorkFolder(output: output).part(0)
    var part = try JSONText.read(ShardPart.self, from: file)
    part.shard.frames = frames
    try JSONText.write(part, to: file)
    _ = try extractor.run()
    #expect(try place.content() == place.content(of: "whole"))
  }

  @Test("keeps everything else that is in it, also when it is overwritten")
  func bystanders() throws {
    var extractor = try place.extractor(try place.addVideos(2), shardSize: 1)
    let mine = ["notes.txt", "train-000000.tar", ".extraction/mine.txt", ".hidden.partial-x"]
    for name in mine { try write("mine", as: name) }
    _ = try extractor.run()
    (extractor.overwrite, extractor.shardSize) = (true, 500)
    _ = try extractor.run()
    for name in mine { #expect(try Files.read(output.appending(name)) == Array("mine".utf8)) }
    #expect(try Folder.names(in: output).filter { ShardName.number(of: $0) != nil }.count == 2)
  }

  @Test("is not extended over a shard of somebody else")
  func strangerBehind() throws {
    let ids = try place.addVideos(3)
    _ = try place.extractor(Array(ids.prefix(1)), shardSize: 1).run()
    try write("mine", as: "shard-000002.tar")
    let before = try place.content()
    try expectRefusal(try place.extractor(ids, shardSize: 1), "shard-000002.tar")
    #expect(try place.content() == before)
    // What is there already is complete all the same.
    #expect(try place.extractor(Array(ids.prefix(1)), shardSize: 1).run().wasComplete)
  }

  @Test("is neither overwritten nor given to other settings while an extract is at work on it")
  func atWork() throws {
    let ids = try place.addVideos(5)
    _ = try place.extractor(ids, output: "whole", shardSize: 2).run()
    let extractor = try place.extractor(ids, shardSize: 2)
    var others = [extractor, extractor, extractor, extractor]
    others[0].overwrite = true
    (others[1].overwrite, others[1].quality) = (true, 50)
    others[2].quality = 50
    others[3].retryQuarantined = true
    let longer = ids + ["v9"]
    _ = try extractor.run { progress in
      guard progress.videos == 1 else { return }
      for other in others {
        let error = #expect(throws: DatasetError.self) { try other.run() }
        #expect(error?.description.contains("another extract is at work") == true)
      }
      let error = #expect(throws: DatasetError.self) { try place.extractor(longer, shardSize: 2).run() }
      #expect(error?.description.contains("of fewer videos") == true)
    }
    #expect(try place.content() == place.content(of: "whole"))
  }

  @Test("A shard that was made with other settings, or of other videos, is made again")
  func otherParts() async throws {
    let ids = try place.addVideos(5)
    var other = try place.extractor(ids, output: "whole", shardSize: 2)
    other.quality = 50
    _ = try other.run()
    other.output = output
    try await place.interrupt(try place.extractor(ids, shardSize: 2), after: 3)
    let work = WorkFolder(output: output)
    #expect(Folder.exists(work.part(0)))
    // As if somebody had replaced the plan while the other was at work.
    var plan = try #require(try ExtractionPlan.read(work))
    plan.extraction.quality = 50
    try JSONText.write(plan, to: work.plan)
    _ = try other.run()
    #expect(try place.content() == place.content(of: "whole"))
  }

  @Test("An overwriting that was killed is still known for what it is", arguments: [true, false])
  func killedOverwriting(again: Bool) throws {
    let ids = try place.addVideos(5)
    _ = try place.extractor(ids, shardSize: 1).run()
    let before = try place.content()
    let work = WorkFolder(output: output)
    try Folder.create(work.path)
    try work.keepDataset()
    try Folder.removeFile(output.appending("shard-000001.tar"))
    var other = try place.extractor(ids)
    try expectRefusal(other, "other settings")
    other.overwrite = again
    if again {
      _ = try other.run()
      #expect(
        try place.content().keys.sorted()
          == ["dataset.json", "quarantine.jsonl", "shard-000000.index.json", "shard-000000.tar"])
    } else {
      _ = try place.extractor(ids, shardSize: 1).run()
      #expect(try place.content() == before)
    }
  }

  @Test("The lock of a killed process is nobody's, and goes")
  func leftoverLock() throws {
    let ids = try place.addVideos(3)
    _ = try place.extractor(ids, output: "whole").run()
    try write("", as: ".extraction.lock")
    _ = try place.extractor(ids).run()
    #expect(try place.content() == place.content(of: "whole"))
  }
}
