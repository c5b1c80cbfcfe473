import Dataset
import Metrics
import Storage
import SystemPackage
import Testing

@Suite("The scores of a submission") struct SubmissionScoresTests {
  @Test("Rows are matched by id, not by position")
  func alignment() throws {
    let truth = Submission(rows: [.init(id: "a", category: "0101"), .init(id: "b", category: "0202")])
    let scores = try Submission(rows: truth.rows.reversed())
      .scores(against: truth, path: "submission.csv", truthPath: "truth.csv")
    #expect(scores.meanF1 == 1)
  }

  @Test(
    "Ids that are not those of the truth are named",
    arguments: [
      (["a", "b", "c"], ["submission.csv: 3 lines for 4 videos", "\"d\" of truth.csv"]),
      (["a"], ["submission.csv: 1 lines for 4 videos", "\"b\"", "nor are 2 others"]),
      (["a", "x", "c", "d"], ["submission.csv:2: id \"x\" is not in truth.csv"]),
    ])
  func otherIDs(ids: [String], parts: [String]) throws {
    func submission(_ ids: [String]) -> Submission {
      Submission(rows: ids.map { .init(id: $0, category: "0101") })
    }
    let error = #expect(throws: SubmissionError.self) {
      try submission(ids).scores(
        against: submission(["a", "b", "c", "d"]), path: "submission.csv", truthPath: "truth.csv")
    }
    #expect(error?.kind == .badData)
    for part in parts { #expect(error?.description.contains(part) == true, "\(String(describing: error))") }
  }
}
