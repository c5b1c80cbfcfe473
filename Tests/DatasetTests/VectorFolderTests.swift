import Foundation
import Storage
import SystemPackage
import Testing

@testable import Dataset

@Suite("Folders of vectors") struct VectorFolderTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private var path: FilePath { folder.path.appending("vectors") }

  private func write(
    _ videos: [(String, [Float])], commit: Bool = true, isHalf: Bool = false, fingerprint: String? = nil
  ) throws -> VectorWriter {
    let writer = try VectorWriter(
      path, width: 2, origin: origin, isHalf: isHalf, fingerprint: fingerprint)
    for (id, values) in videos where !writer.contains(id) {
      try writer.append(
        id, values, frames: (0..<values.count / 2).map { .init(number: $0, time: 0.5) }, lost: damage[id])
    }
    if commit { try writer.commit() }
    return writer
  }

  private let origin = VectorFolder.Origin(backbone: "timm's vit", run: "/runs/first", fold: 2)
  private let damage: [String: VectorFolder.Damage] = [
    "b": .init(id: "b", frames: 1), "none": .init(id: "none", frames: nil),
  ]
  private let videos: [(String, [Float])] = [("b", [1, 2, 3, 4]), ("none", []), ("a", [5, 6])]

  @Test("What is written is read back, video by video, as --frames too")
  func roundTrip() throws {
    _ = try write(videos)
    let source = try VideoSources.open(path)
    #expect(source.vectorSize == 2 && source.ids == ["b", "a"])
    #expect(source.content(of: "b") == .features([1, 2, 3, 4], dimension: 2))
    #expect(source.content(of: "a") == .features([5, 6], dimension: 2))
    #expect(source.content(of: "none") == .missing(reason: "has no vectors"))
    let rows = try JSONLines.read(VectorFolder.Row.self, from: path.appending("ids.jsonl"))
    #expect(rows.map(\.frame) == [0, 1, 0] && rows.map(\.time) == [0.5, 0.5, 0.5])
    // As numpy.save writes it.
    let file = try Files.read(path.appending("vectors.npy"))
    let array = try NPYArray(file)
    #expect(array.rows == 3 && array.columns == 2 && array.values == [1, 2, 3, 4, 5, 6])
    #expect(
      try Folder.names(in: path).sorted() == ["damage.jsonl", "ids.jsonl", "origin.json", "vectors.npy"])
    let vectors = try VectorFolder(path)
    #expect(vectors.damage == damage && vectors.vectorOrigin == origin)
    // Neither is needed of vectors that come from elsewhere.
    for name in ["damage.jsonl", "origin.json"] { try Folder.removeFile(path.appending(name)) }
    let other = try VectorFolder(path)
    #expect(other.ids == ["b", "a"] && other.damage.isEmpty && other.vectorOrigin == nil)
  }

  @Test(
    "A writer that was killed is gone on from behind the last whole video, wherever it was killed",
    arguments: [0, 1, 7, 100, 200])
  func resumed(lost: Int) throws {
    _ = try write(Array(videos.dropLast()), commit: false)
    // What the system had not written yet.
    for (name, bytes) in [("vectors.npy.part", lost), ("ids.jsonl.part", lost / 2)] {
      let part = path.appending(name)
      let content = try Files.read(part)
      try Data(content.prefix(max(0, content.count - bytes))).write(to: URL(filePath: part.string))
    }
    let told = path.appending("damage.jsonl.part")
    try Data(try Files.read(told) + Array("{\"id\"".utf8)).write(to: URL(filePath: told.string))
    #expect(!VectorFolder.isComplete(path))
    let writer = try write(videos)
    #expect(writer.counts == ["a": 1, "b": 2, "none": 0])
    let source = try VectorFolder(path)
    #expect(source.content(of: "b") == .features([1, 2, 3, 4], dimension: 2))
    #expect(source.content(of: "a") == .features([5, 6], dimension: 2))
    #expect(source.ids == ["b", "a"] && source.damage == damage)
  }

  @Test("Half precision is read back, and goes on, too")
  func half() throws {
    let numbers: [(String, [Float])] = [("b", [1, 2.5, 3, -4]), ("a", [1.0 / 3, 6])]
    _ = try write(Array(numbers.dropLast()), commit: false, isHalf: true, fingerprint: "one")
    #expect(try write(numbers, isHalf: true, fingerprint: "one").counts == ["a": 1, "b": 2])
    let source = try VectorFolder(path)
    #expect(source.content(of: "b") == .features([1, 2.5, 3, -4], dimension: 2))
    #expect(source.content(of: "a") == .features([Float(Float16(1.0 / 3)), 6], dimension: 2))
    #expect(try NPYArray(Files.read(path.appending("vectors.npy"))).rows == 3)
  }

  @Test("What another writer has left unfinished is gone on with only where it is of the same vectors")
  func fingerprints() throws {
    let numbers: [(String, [Float])] = [("b", [1, 2]), ("c", [3, 4]), ("a", [5, 6])]
    _ = try write(Array(numbers.dropLast()), commit: false, fingerprint: "one")
    // The last video may lack rows, and is computed again.
    #expect(try VectorWriter(path, width: 2, origin: origin, fingerprint: "one").counts == ["b": 1])
    #expect(try VectorWriter(path, width: 2, origin: origin, fingerprint: "two").counts == [:])
    _ = try write(numbers, fingerprint: "two")
    #expect(try Folder.names(in: path).allSatisfy { !$0.hasSuffix(".part") })
    #expect(try VectorFolder(path).ids == ["b", "c", "a"])
  }

  @Test(
    "Files that do not belong together are refused",
    arguments: [
      ("ids.jsonl", "{\"id\":\"a\",\"frame\":0}\n", "has 1 lines for 3 vectors"),
      ("ids.jsonl", "nonsense\n", "ids.jsonl:1"),
      (
        "ids.jsonl", "{\"id\":\"a\",\"frame\":0}\n{\"id\":\"b\",\"frame\":0}\n{\"id\":\"a\",\"frame\":1}\n",
        "do not follow each other"
      ), ("vectors.npy", "nonsense", "is no npy file"), ("vectors.npy", "", "is no npy file"),
    ])
  func refused(name: String, content: String, reason: String) throws {
    _ = try write(videos)
    try Data(content.utf8).write(to: URL(filePath: path.appending(name).string))
    let error = try #require(throws: DatasetError.self) { try VectorFolder(path) }
    #expect(error.description.contains(reason), "\(error)")
  }

  @Test("A header that claims more than there is, and numbers that are none")
  func claims() throws {
    _ = try write(videos)
    let file = path.appending("vectors.npy")
    var content = try Files.read(file)
    content.replaceSubrange(0..<128, with: NPYHeader.bytes(rows: 1 << 60, columns: 1 << 30))
    try Data(content).write(to: URL(filePath: file.string))
    #expect { try VectorFolder(path) } throws: {
      "\($0)".contains("claims a shape") || "\($0)".contains("header")
    }
    _ = try? FileManager.default.removeItem(atPath: path.string)
    _ = try write([("a", [.nan, 1])])
    guard case .missing(let reason) = try VectorFolder(path).content(of: "a") else {
      Issue.record("not a number was read")
      return
    }
    #expect(reason.contains("finite"))
  }
}
