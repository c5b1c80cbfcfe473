import Dataset
import Foundation
import Storage
import SystemPackage
import Testing

@Suite struct ShardedFramesTests {
  let folder: TemporaryFolder
  var tar: FilePath { folder.path.appending("shard-000000.tar") }
  var index: FilePath { folder.path.appending("shard-000000.index.json") }

  init() throws {
    folder = try TemporaryFolder()
    try writeDataset(
      folder.path, [samples, [(shardSample("d", frames: 1), [jpeg(9)])]],
      quarantine: [QuarantineRow(id: "q", reason: .empty, detail: "q.mp4 has no bytes", file: "q.mp4")])
  }

  @Test("Every sample comes back as it was written, with its description")
  func roundTrip() throws {
    let source = try ShardedFrames(folder.path)
    #expect(source.ids == ["a", "b", "clip.1 é", "d"])
    #expect(source.problems == [])
    for (sample, jpegs) in samples {
      #expect(source.content(of: sample.id) == .frames(jpegs))
      #expect(try source.sample(sample.id).get().sample == sample)
    }
    #expect(source.content(of: "d") == .frames([jpeg(9)]))
  }

  @Test("What is not stored is missing with the reason, from the ledger where it has one")
  func missing() throws {
    let source = try ShardedFrames(folder.path)
    #expect(source.content(of: "q") == .missing(reason: "empty: q.mp4 has no bytes"))
    #expect(source.content(of: "x") == .missing(reason: "not in \(folder.path)"))
  }

  @Test("A missing index is made anew, equal to the old one")
  func missingIndex() throws {
    let original = try Files.read(index)
    try FileManager.default.removeItem(atPath: index.string)
    let source = try ShardedFrames(folder.path)
    #expect(source.content(of: "clip.1 é") == .frames(samples[2].jpegs))
    #expect(try Files.read(index) == original)
  }

  @Test(
    "An index that cannot be right is not believed",
    arguments: [
      "", "{", "[]", "{\"bytes\":10240,\"samples\":[{\"id\":\"a\",\"offset\":-512,\"length\":9000000000}]}",
      "{\"bytes\":0,\"samples\":[]}",
    ])
  func damagedIndex(text: String) throws {
    try folder.file("shard-000000.index.json", text)
    let source = try ShardedFrames(folder.path)
    #expect(source.ids == ["a", "b", "clip.1 é", "d"])
    #expect(source.content(of: "b") == .frames(samples[1].jpegs))
  }

  @Test("An index of another tar of the same size gives no other video's frames")
  func staleIndex() throws {
    let old = try Files.read(index)
    try writeShard(tar, [samples[1], samples[0], samples[2]])
    try folder.file("shard-000000.index.json", old)
    let source = try ShardedFrames(folder.path)
    #expect(source.content(of: "a") == .frames(samples[0].jpegs))
    #expect(source.content(of: "b") == .frames(samples[1].jpegs))
    #expect(source.content(of: "clip.1 é") == .frames(samples[2].jpegs))
    #expect(try Files.read(index) != old)
  }

  @Test("A tar that is exchanged under an open dataset gives no other video's frames")
  func exchanged() throws {
    let source = try ShardedFrames(folder.path)
    try writeShard(tar, [(shardSample("z", frames: 2), [jpeg(8), jpeg(2, size: 1024)]), samples[1]])
    guard case .missing = source.content(of: "a") else {
      Issue.record("a is not in the new tar")
      return
    }
    #expect(source.content(of: "b") == .frames(samples[1].jpegs))
  }

  @Test("A cut loses the videos behind it and no others", arguments: [true, false])
  func truncated(hasIndex: Bool) throws {
    let bytes = try Files.read(tar)
    try folder.file("shard-000000.tar", Array(bytes[..<6700]))  // in the first frame of the third video
    if !hasIndex { try FileManager.default.removeItem(atPath: index.string) }
    let source = try ShardedFrames(folder.path)
    #expect(source.problems.count == 1 && source.problems[0].contains("2 of 3 videos"))
    #expect(source.content(of: "a") == .frames(samples[0].jpegs))
    #expect(source.content(of: "b") == .frames(samples[1].jpegs))
    #expect(source.content(of: "clip.1 é").reason?.contains("cut off") == true)
    #expect(source.content(of: "d") == .frames([jpeg(9)]))
  }

  @Test("A whole shard of another size than the dataset says, as of other settings, is told of")
  func otherShard() throws {
    try writeShard(tar, samples.map { ($0.sample, $0.jpegs.map { _ in jpeg(7, size: 2000) }) })
    let source = try ShardedFrames(folder.path)
    #expect(source.problems.count == 1)
    #expect(
      source.problems.first?.contains("shard-000000.tar: damaged, or not the one that dataset.json") == true)
    #expect(source.content(of: "b") == .frames([jpeg(7, size: 2000)]))
  }

  @Test("A lost shard loses its videos and no others")
  func lostShard() throws {
    try FileManager.default.removeItem(atPath: tar.string)
    let source = try ShardedFrames(folder.path)
    #expect(source.problems.count == 1 && source.problems[0].contains("shard-000000.tar"))
    #expect(source.content(of: "a").reason != nil)
    #expect(source.content(of: "d") == .frames([jpeg(9)]))
  }

  @Test(
    "Zeros written over any block lose the video they lie in and no other",
    arguments: 0..<18, [true, false])
  func zeroedBlock(block: Int, hasIndex: Bool) throws {
    var bytes = try Files.read(tar)
    bytes.replaceSubrange(block * 512..<block * 512 + 512, with: [UInt8](repeating: 0, count: 512))
    try folder.file("shard-000000.tar", bytes)
    if !hasIndex { try FileManager.default.removeItem(atPath: index.string) }
    let source = try ShardedFrames(folder.path)
    var lost = 0
    for (sample, jpegs) in samples {
      switch source.content(of: sample.id) {
      case .frames(let frames) where frames == jpegs: break
      // Zeros inside a picture are the picture's decoder's to find.
      case .frames(let frames): #expect(frames.count == jpegs.count && frames[0].count == jpegs[0].count)
      default: lost += 1
      }
    }
    #expect(lost <= 1)
  }

  @Test(
    "A frame that is none of extract's loses its video, with the reason",
    arguments: [
      (jpegHeader(width: 455, height: 256, marker: 0xC2), "another kind"),
      (jpegHeader(width: 455, height: 256, scanned: 1), "another kind"),
      (jpegHeader(width: 16_383, height: 6103), "16383×6103 pixels"),
      (jpegHeader(width: 300, height: 257), "300×257 pixels"),
      (jpegHeader(width: 4097, height: 20), "4097×20 pixels"), ([0xFF, 0xD8, 0], "no JPEG"),
    ] as [([UInt8], String)])
  func foreign(frame: [UInt8], words: String) throws {
    let stored: Stored = (samples[1].sample, [frame + [1, 2, 3, 0xFF, 0xD9]])
    try writeDataset(folder.path, [[samples[0], stored]])
    let source = try ShardedFrames(folder.path)
    #expect(source.content(of: "a") == .frames(samples[0].jpegs))
    #expect(source.content(of: "b").reason?.contains(words) == true)
  }

  @Test("A dataset that was not finished, or is of a later version, is refused")
  func unfinished() throws {
    let description = folder.path.appending("dataset.json")
    let text = String(decoding: try Files.read(description), as: UTF8.self)
    try folder.file("dataset.json", text.replacing("\"version\" : 1", with: "\"version\" : 2"))
    #expect(throws: DatasetError.self) { try ShardedFrames(folder.path) }
    try folder.file("dataset.json", text.replacing("shard-000000", with: "../shard-000000"))
    #expect(throws: DatasetError.self) { try ShardedFrames(folder.path) }
    for number in ["0", "-1", "1000001"] {
      try folder.file(
        "dataset.json", text.replacing(#/"shard_size" : \d+/#, with: "\"shard_size\" : \(number)"))
      let error = #expect(throws: DatasetError.self) { try ShardedFrames(folder.path) }
      #expect(error.map { "\($0)" }?.contains("no extraction writes") == true)
    }
    try FileManager.default.removeItem(atPath: description.string)
    let error = #expect(throws: DatasetError.self) { try ShardedFrames(folder.path) }
    #expect(error?.kind == .missingInput)
  }

  @Test("Many threads read the same dataset without disturbing each other")
  func concurrent() async throws {
    let source = try ShardedFrames(folder.path)
    await withTaskGroup { group in
      for number in 0..<200 {
        group.addTask {
          let (sample, jpegs) = samples[number % 3]
          return source.content(of: sample.id) == .frames(jpegs)
        }
      }
      for await isEqual in group { #expect(isEqual) }
    }
  }
}

extension VideoContent {
  var reason: String? {
    if case .missing(let reason) = self { reason } else { nil }
  }
}
