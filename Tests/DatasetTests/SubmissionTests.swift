import Dataset
import Foundation
import Storage
import SystemPackage
import Testing

@Suite("The submission file")
struct SubmissionTests {
  private func withFile(_ body: (FilePath) throws -> Void) throws {
    let path = FilePath(NSTemporaryDirectory()).appending("submission-\(UUID().uuidString).csv")
    defer { try? FileManager.default.removeItem(atPath: path.string) }
    try body(path)
  }

  @Test("What is written is what the challenge reads, and what we read back")
  func roundTrip() throws {
    try withFile { path in
      let submission = Submission(rows: [
        .init(id: "视频 7", category: "0001"), .init(id: "-1", category: "2208"),
        .init(id: "a.b", category: "0001"),
      ])
      try submission.write(to: path)
      #expect(String(decoding: try Files.read(path), as: UTF8.self) == "视频 7,0001\n-1,2208\na.b,0001\n")
      #expect(try Submission.read(path) == submission)
    }
  }

  @Test(
    "A row that the format cannot hold is refused, and what stood there stays",
    arguments: [("a,b", "0101"), ("a\n", "0101"), ("", "0101"), ("a", "0101\nb,0102"), ("a", "1"), ("a", "")])
  func unwritable(id: String, category: String) throws {
    try withFile { path in
      try AtomicFile.write("before", to: path)
      let submission = Submission(rows: [.init(id: id, category: category)])
      #expect(throws: SubmissionError.self) { try submission.write(to: path) }
      #expect(try Files.read(path) == Array("before".utf8))
    }
  }

  @Test("Rows written one after the other are there when the last is, and not before")
  func streamed() throws {
    try withFile { path in
      try AtomicFile.write("before", to: path)
      func write(_ count: Int, commits: Bool) throws {
        var writer = try Submission.Writer(path)
        for number in 0..<count { try writer.append(.init(id: "v\(number)", category: "0101")) }
        if commits { try writer.commit() }
      }
      // More than the writer keeps in memory.
      try write(200_000, commits: false)
      #expect(try Files.read(path) == Array("before".utf8))
      try write(200_000, commits: true)
      #expect(try Submission.read(path).rows.map(\.id) == (0..<200_000).map { "v\($0)" })
      let folder = path.removingLastComponent()
      #expect(
        try !Folder.names(in: folder).contains {
          $0.contains(path.lastComponent?.string ?? "?") && $0.hasPrefix(".")
        })
    }
  }

  @Test("A missing folder and a missing file have the exit codes of their kind")
  func kinds() throws {
    let nowhere: FilePath = "/nonexistent/submission.csv"
    let writing = #expect(throws: SubmissionError.self) { try Submission(rows: []).write(to: nowhere) }
    #expect(writing?.kind == .cannotCreate)
    let reading = #expect(throws: SubmissionError.self) { try Submission.read(nowhere) }
    #expect(reading?.kind == .missingInput)
  }

  @Test("A byte order mark, CRLF and empty lines at the end are no errors")
  func windowsFile() throws {
    try withFile { path in
      try AtomicFile.write("\u{FEFF}a,0101\r\nb,0102\r\n\r\n", to: path)
      #expect(try Submission.read(path).rows.map(\.id) == ["a", "b"])
    }
  }

  @Test(
    "What is wrong is said with its line",
    arguments: [
      ("a,0101\nb,0102\na,0101\nc,0201\nd,0201\n", [":3: id \"a\" stands in line 1 already"]),
      ("a,0101\nb\nc,0201\n", [":2: expected id,category_id"]),
      ("a,0101\n\nb,0102\n", [":2: expected id,category_id"]),
      ("a,0101\nb,0102,1\n", [":2: expected id,category_id"]),
      ("id,category_id\na,0101\n", [":1: is a header"]),
      ("a,101\n", [":1: category_id \"101\" of id \"a\" is not four digits"]),
      ("a,０１０１\n", [":1:", "not four digits"]), (",0101\n", [":1: the id is empty"]),
      ("", [": is empty"]), ("\r\n\n", [": is empty"]), ("a,0101\0\n", [":1: is not UTF-8"]),
    ])
  func badData(text: String, parts: [String]) throws {
    try expectError(Array(text.utf8), parts)
  }

  @Test("Bytes that are not UTF-8 are named by their line")
  func notUTF8() throws {
    try expectError(Array("a,0101\nb".utf8) + [0xFF, 0x0A], [":2: is not UTF-8"])
  }

  private func expectError(_ bytes: [UInt8], _ parts: [String]) throws {
    try withFile { path in
      try AtomicFile.write(bytes, to: path)
      let error = #expect(throws: SubmissionError.self) {
        try Submission.read(path)
      }
      #expect(error?.kind == .badData)
      for part in parts { #expect(error?.description.contains(part) == true, "\(String(describing: error))") }
    }
  }
}
