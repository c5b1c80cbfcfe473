import Storage
import SystemPackage
import Testing

@testable import Dataset

@Suite struct AnnotationListTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func lines(_ ids: some Sequence<Int>) -> String {
    ids.map { "{\"id\": \"\($0)\", \"title\": \"t\($0)\"}" }.joined(separator: "\n")
  }

  private func windows(_ list: AnnotationList, of size: Int, from start: Int = 0) throws -> [[String]] {
    var windows: [[String]] = []
    try list.forEachWindow(of: size, from: start) { windows.append($0.map(\.title)) }
    return windows
  }

  @Test(
    "All annotations come in their order, a window at a time, from any of them on, and as often as wanted")
  func windows() throws {
    var seen = 0
    let list = try AnnotationList(try folder.file("a.jsonl", lines(0..<7))) { _ in
    } _: { _ in
      seen += 1
    }
    #expect(seen == 7 && list.count == 7 && Array(list.ids) == (0..<7).map(String.init))
    let all = [["t0", "t1", "t2"], ["t3", "t4", "t5"], ["t6"]]
    #expect(try windows(list, of: 3) == all && windows(list, of: 3) == all)
    #expect(try windows(list, of: 3, from: 3) == Array(all[1...]))
    #expect(try windows(list, of: 7).map(\.count) == [7] && windows(list, of: 3, from: 7) == [])
  }

  @Test("What can be read but once is kept")
  func stream() throws {
    let file = try FileDescriptor.open(try folder.file("a.jsonl", lines(0..<3)), .readOnly)
    defer { try? file.close() }
    let list = try AnnotationList(FilePath("/dev/fd/\(file.rawValue)")) { _ in }
    #expect(try windows(list, of: 2) == [["t0", "t1"], ["t2"]])
    #expect(try windows(list, of: 2, from: 2) == [["t2"]])
  }

  @Test(
    "A file that is another one when it is read again is refused",
    arguments: [[0, 1], [0, 1, 2, 3], [0, 2, 1]])
  func changed(ids: [Int]) throws {
    let path = try folder.file("a.jsonl", lines(0..<3))
    let list = try AnnotationList(path) { _ in }
    try AtomicFile.write(lines(ids), to: path)
    let error = #expect(throws: DatasetError.self) { try windows(list, of: 5) }
    #expect(error?.description == "\(path): was changed while it was read")
  }

  @Test(
    "One whose texts or category are others when it is read again is refused before it is given away, also if passed over",
    arguments: [
      "\"title\": \"x\"", "\"title\": \"t2\", \"asr\": \"x\"", "\"title\": \"t2\", \"category_id\": \"0100\"",
    ])
  func changedText(fields: String) throws {
    let path = try folder.file("a.jsonl", lines(0..<4))
    let list = try AnnotationList(path) { _ in }
    let last = lines(3..<4)
    try AtomicFile.write("\(lines(0..<2))\n{\"id\": \"2\", \(fields)}\n\(last)", to: path)
    for start in [0, 3] {
      var given: [String] = []
      let error = #expect(throws: DatasetError.self) {
        try list.forEachWindow(of: 2, from: start) { given += $0.map(\.title) }
      }
      #expect(error?.description == "\(path): was changed while it was read")
      #expect(given == (start == 0 ? ["t0", "t1"] : []))
    }
    try AtomicFile.write(lines(0..<4), to: path)
    #expect(try windows(list, of: 4).count == 1, "touched is not changed")
  }

  @Test("The fingerprint is of ids, categories and texts")
  func fingerprint() throws {
    func fingerprint(_ entry: String) throws -> String {
      try AnnotationList(try folder.file("a.json", "[\(entry)]")) { _ in }.fingerprint
    }
    let prints = try [
      "{\"id\": \"a\"}", "{\"id\": \"b\"}", "{\"id\": \"a\", \"title\": \"x\"}",
      "{\"id\": \"a\", \"asr\": \"x\"}",
      "{\"id\": \"a\", \"ocr\": \"x\"}", "{\"id\": \"a\", \"category_id\": \"0100\"}",
    ].map(fingerprint)
    #expect(Set(prints).count == prints.count)
    #expect(try fingerprint("{\"id\": \"a\", \"title\": null}") == prints[0])
  }
}
