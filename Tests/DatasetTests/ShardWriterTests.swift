import Dataset
import Storage
import SystemPackage
import Testing

@testable import struct Dataset.ShardIndex

@Suite struct ShardWriterTests {
  let folder: TemporaryFolder
  var tar: FilePath { folder.path.appending("shard-000000.tar") }

  init() throws { folder = try TemporaryFolder() }

  @Test("Equal samples make equal bytes, in which there is no time and no owner")
  func deterministic() throws {
    let other = folder.path.appending("shard-000001.tar")
    let first = try writeShard(tar, samples)
    let second = try writeShard(other, samples)
    let bytes = try Files.read(tar)
    #expect(try bytes == Files.read(other))
    #expect(first.bytes == bytes.count && first.bytes == second.bytes)
    let header = bytes[..<512]
    #expect(header[100..<106].elementsEqual("000644".utf8))
    #expect(header[108..<114].elementsEqual("000000".utf8), "owner")
    #expect(header[136..<147].elementsEqual("00000000000".utf8), "time")
  }

  @Test("A sample's members share what precedes the first dot, even where the id has dots")
  func memberNames() throws {
    try writeShard(tar, samples)
    let names = try membersOf(tar)
    #expect(
      names == [
        "a.json", "a.000.jpg", "a.001.jpg", "b.json", "b.000.jpg", "clip%2E1%20%C3%A9.json",
        "clip%2E1%20%C3%A9.000.jpg", "clip%2E1%20%C3%A9.001.jpg", "clip%2E1%20%C3%A9.002.jpg",
      ])
  }

  @Test("The index tiles the tar, and the summary counts what is in it")
  func index() throws {
    let summary = try writeShard(tar, samples)
    #expect(summary == ShardSummary(name: "shard-000000.tar", samples: 3, frames: 6, bytes: summary.bytes))
    let index = try #require(ShardIndex.read(folder.path.appending("shard-000000.index.json")))
    #expect(index.samples.map(\.id) == ["a", "b", "clip.1 é"])
    #expect(index.samples[1].offset == index.samples[0].length)
    #expect(index.bytes == index.samples.map(\.length).reduce(0, +) + 1024)
  }

  @Test("Nothing appears before the shard is finished")
  func appearsWhole() throws {
    do {
      var writer = try ShardWriter(tar)
      try writer.append(samples[0].sample, jpegs: samples[0].jpegs)
      #expect(!Folder.exists(tar))
    }
    #expect(try Folder.names(in: folder.path) == [], "an abandoned writer leaves something")
  }

  @Test("A folder that is not there cannot be written")
  func missingFolder() throws {
    let path = folder.path.appending("none/shard-000000.tar")
    let error = #expect(throws: FileError.self) { _ = try ShardWriter(path) }
    #expect(error?.kind == .cannotCreate)
  }
}
