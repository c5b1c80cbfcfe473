import Dataset
import Storage
import SystemPackage
import Testing

@testable import struct Dataset.NPYArray

/// Random damage: whatever is done to a file, nothing crashes and no video gets another's content.
@Suite struct DamageTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Up to four bytes changed, and sometimes the end cut off.
  private func damaged(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
    var bytes = bytes
    for _ in 0...generator.int(below: 4) {
      bytes[generator.int(below: bytes.count)] ^= UInt8(1 + generator.int(below: 255))
    }
    return generator.int(below: 4) == 0 ? Array(bytes.prefix(generator.int(below: bytes.count))) : bytes
  }

  @Test("A damaged shard, with its index and without", arguments: [true, false])
  func shards(hasIndex: Bool) throws {
    try writeDataset(folder.path, [samples])
    let tar = try Files.read(folder.path.appending("shard-000000.tar"))
    let index = try Files.read(folder.path.appending("shard-000000.index.json"))
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<60 {
      try folder.file("shard-000000.tar", damaged(tar, &generator))
      try folder.file("shard-000000.index.json", hasIndex ? index : [])
      let source = try ShardedFrames(folder.path)
      for (sample, jpegs) in samples {
        if case .frames(let frames) = source.content(of: sample.id) { expectSame(frames, jpegs) }
      }
    }
  }

  /// All but the few bytes that were changed.
  private func expectSame(_ frames: [[UInt8]], _ jpegs: [[UInt8]]) {
    #expect(frames.map(\.count) == jpegs.map(\.count))
    for (frame, jpeg) in zip(frames, jpegs) { #expect(zip(frame, jpeg).count { $0 != $1 } <= 4) }
  }

  @Test("A damaged index")
  func indexes() throws {
    try writeDataset(folder.path, [samples])
    let index = try Files.read(folder.path.appending("shard-000000.index.json"))
    var generator = SeededGenerator(seed: 2)
    for _ in 0..<60 {
      try folder.file("shard-000000.index.json", damaged(index, &generator))
      // A wrong id in the index would hide a video.
      let source = try ShardedFrames(folder.path)
      for (sample, jpegs) in samples { #expect(source.content(of: sample.id) == .frames(jpegs)) }
    }
  }

  @Test("A damaged zip of frames and of features")
  func zips() throws {
    let frames = folder.path.appending("frames/9/9.zip")
    try Folder.create(frames.removingLastComponent())
    try writeZip(frames, [("1.jpg", jpeg(1)), ("2.jpg", jpeg(2))])
    let features = folder.path.appending("features.zip")
    try writeZip(features, [("1.npy", npy(shape: "(2, 2)", body: halves([1, 2, 3, 4])))])
    let (frameBytes, featureBytes) = (try Files.read(frames), try Files.read(features))
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<60 {
      try folder.file("frames/9/9.zip", damaged(frameBytes, &generator))
      if case .frames(let found) = try FrameArchives(folder.path.appending("frames")).content(of: "9") {
        #expect(found.allSatisfy { $0 == jpeg(1) || $0 == jpeg(2) })
      }
      try folder.file("features.zip", damaged(featureBytes, &generator))
      if case .features(let values, _)? = try? FeatureArchive([features]).content(of: "1") {
        #expect(values == [1, 2, 3, 4])
      }
    }
  }

  @Test("A damaged npy file")
  func arrays() throws {
    let whole = npy(shape: "(2, 2)", body: halves([1, 2, 3, 4]))
    var generator = SeededGenerator(seed: 4)
    for _ in 0..<2000 {
      guard let array = try? NPYArray(damaged(whole, &generator)) else { continue }
      #expect(array.values.count == array.rows * array.columns && array.values.allSatisfy(\.isFinite))
    }
  }
}
