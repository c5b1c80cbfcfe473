import Foundation
import Storage
import SystemPackage
import Testing

@testable import Dataset

@Suite("What tells pictures from others") struct SourceFingerprintTests {
  let folder: TemporaryFolder
  private let ids = ["a", "b", "clip.1 é"]

  init() throws { folder = try TemporaryFolder() }

  private func fingerprint(_ name: String, of ids: [String]? = nil) throws -> String {
    try VideoSources.open(folder.path.appending(name)).fingerprint(of: ids ?? self.ids)
  }

  private func dataset(_ name: String, _ shards: [[Stored]]) throws {
    try Folder.create(folder.path.appending(name))
    try writeDataset(folder.path.appending(name), shards)
  }

  @Test("Shards that were moved are the same; a video more or less, its place or its neighbours tell nothing")
  func shards() throws {
    try dataset("one", [samples])
    let first = try fingerprint("one")
    try FileManager.default.moveItem(
      atPath: folder.path.appending("one").string, toPath: folder.path.appending("moved").string)
    #expect(try fingerprint("moved") == first)
    try dataset("cut", [[samples[1]], [samples[0], (shardSample("d", frames: 1), [jpeg(9)]), samples[2]]])
    #expect(try fingerprint("cut") == first)
    #expect(try fingerprint("cut", of: ids + ["d"]) != first)
    #expect(try fingerprint("cut", of: ids.reversed()) != first)
  }

  @Test("Other settings, another size of a video, other pictures of the same size and a lost video do")
  func otherShards() throws {
    try dataset("one", [samples])
    let first = try fingerprint("one")
    func expectOther(_ name: String, _ change: (inout [Stored]) -> Void) throws {
      var changed = samples
      change(&changed)
      try dataset(name, [changed])
      #expect(try fingerprint(name) != first, "\(name)")
    }
    try expectOther("size") { $0[1].jpegs = [jpeg(3, size: 2000)] }
    try expectOther("pictures") { $0[1].jpegs = [jpeg(4, size: 511)] }
    try expectOther("lost") { $0.removeLast() }
    let path = folder.path.appending("one/dataset.json")
    let text = String(decoding: try Files.read(path), as: UTF8.self)
    try AtomicFile.write(text.replacing("\"quality\" : 90", with: "\"quality\" : 80"), to: path)
    #expect(try fingerprint("one") != first)
  }

  @Test("Vectors are told by the checksums of their archive, zips of frames by their sizes")
  func archives() throws {
    func vectors(_ name: String, _ second: [Float16]) throws {
      try writeZip(
        folder.path.appending(name),
        [
          ("a.npy", npy(shape: "(1, 2)", body: halves([1, 2]))),
          ("b.npy", npy(shape: "(1, 2)", body: halves(second))),
        ])
    }
    try vectors("one.zip", [3, 4])
    try vectors("same.zip", [3, 4])
    try vectors("other.zip", [3, 5])
    #expect(try fingerprint("one.zip") == fingerprint("same.zip"))
    #expect(try fingerprint("one.zip") != fingerprint("other.zip"))
    #expect(try fingerprint("one.zip", of: ["a"]) == fingerprint("other.zip", of: ["a"]))

    func frames(_ name: String, _ size: Int) throws {
      let bucket = folder.path.appending(name).appending("123")
      try Folder.create(bucket)
      try writeZip(bucket.appending("45123.zip"), [("1.jpg", jpeg(1, size: size))], method: 0)
    }
    try frames("one", 600)
    try frames("same", 600)
    try frames("other", 601)
    #expect(try fingerprint("one", of: ["45123"]) == fingerprint("same", of: ["45123"]))
    #expect(try fingerprint("one", of: ["45123"]) != fingerprint("other", of: ["45123"]))
    #expect(try fingerprint("one", of: ["45123", "9"]) != fingerprint("one", of: ["45123"]))
  }
}
