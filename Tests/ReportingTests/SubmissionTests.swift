import Foundation
import Reporting
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

  @Test("A missing folder and a missing file have the exit codes of their kind")
  func kinds() throws {
    let nowhere: FilePath = "/nonexistent/submission.csv"
    let writing = #expect(throws: SubmissionError.self) { try Submission(rows: []).write(to: nowhere) }
    #expect(writing?.kind == .cannotCreate)
    let reading = #expect(throws: SubmissionError.self) { try Submission.read(nowhere) }
    #expect(reading?.kind == .missingInput)
  }

  @Test("Rows are matched by id, not by position")
  func alignment() throws {
    let truth = Submission(rows: [.init(id: "a", category: "0101"), .init(id: "b", category: "0202")])
    let scores = try Submission(rows: truth.rows.reversed())
      .scores(against: truth, path: "submission.csv", truthPath: "truth.csv")
    #expect(scores.meanF1 == 1)
  }
}
