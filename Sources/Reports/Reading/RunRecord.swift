import Dataset
import Metrics
import Pages
import Records
import Storage
import SystemPackage

/// All that the report of a run is made from.
struct RunRecord {
  let folder: RunFolder
  /// What to call the run.
  let name: String
  let totalFolds: Int
  /// Those that every seed has finished.
  let finished: [Int]
  /// How many seeds.
  let seeds: Int
  let videos: HeldOutVideos
  let scores: Scores
  /// nil where the run has not been scored since.
  let report: RunReport?
  let inputs: RunInputs?
  /// nil where nobody has asked for it.
  let ledger: ModalityLedger?
  let settings: [Setting]
  /// Of each seed the finished folds.
  let trainings: [TrainingRecord]

  /// - Throws: `NoFinishedFold` where there is nothing to report, `FileError`, `JSONError`.
  init(_ folder: RunFolder, name: String) throws {
    guard Folder.isFolder(folder.path) else { throw NoRun(path: folder.path) }
    let members = try folder.members
    guard let first = members.first, Folder.exists(first.folds) else { throw NoRun(path: folder.path) }
    let rows = try Self.rows(first.folds)
    let folds = Set(rows.map(\.fold)).sorted()
    let finished = folds.filter { fold in members.allSatisfy { $0.isFinished(fold) } }
    guard !finished.isEmpty else { throw NoFinishedFold(path: folder.path) }
    self.folder = folder
    self.name = name
    totalFolds = folds.count
    self.finished = finished
    seeds = members.count
    videos = try HeldOutVideos(of: finished, in: members, for: rows)
    scores = videos.scores
    report =
      Folder.exists(folder.report) ? try JSONText.read(RunReport.self, from: folder.report) : nil
    inputs = try folder.recordedInputs()
    ledger =
      Folder.exists(folder.ledger) ? try JSONText.read(ModalityLedger.self, from: folder.ledger) : nil
    settings = try Setting.all(of: first.configuration)
    trainings = try members.flatMap { member in
      try finished.map { try TrainingRecord(of: $0, in: member) }
    }
  }

  /// More folds than anybody trains; a page of them would not end.
  private static let mostFolds = 1000

  /// - Throws: `JSONError` for what is no video of a run: what a page says of it would have no bounds.
  private static func rows(_ path: FilePath) throws -> [FoldRow] {
    let rows = try JSONLines.read(FoldRow.self, from: path)
    func strange(_ problem: String) -> JSONError { .content(path, line: nil, problem: problem) }
    for row in rows {
      guard row.id.utf8.count <= VideoID.maximumBytes else {
        throw strange("the id \(quoted(row.id.cut(to: 40))) is longer than \(VideoID.maximumBytes) bytes")
      }
      guard CategoryID.isWellFormed(row.category) else {
        throw strange("\(row.id) is of category \(quoted(row.category.cut(to: 40))), expected four digits")
      }
    }
    guard Set(rows.map(\.fold)).count <= mostFolds else {
      throw strange("tells of more than \(mostFolds) folds")
    }
    return rows
  }

  var isComplete: Bool { finished.count == totalFolds }
}
