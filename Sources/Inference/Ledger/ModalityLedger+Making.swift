package import Dataset
import Metrics
package import Records
package import Storage
import SystemPackage

extension ModalityLedger {
  /// Predicts the videos that the finished folds of a run held out, four times each, and writes `ledger.json`.
  /// - Parameters:
  ///   - annotations: of the run's videos at least.
  ///   - report: is told how many videos were predicted.
  /// - Throws: `NoRun`, `NoFinishedFold`, `UnknownVideo` for a video of the run that has no annotation.
  package static func make(
    of folder: RunFolder, annotations: [Annotation], source: any VideoSource, runtime: Runtime,
    report: (Int) throws -> Void
  ) throws -> ModalityLedger {
    let run = try FinishedFolds(of: folder)
    let found = Dictionary(annotations.map { ($0.id, $0) }) { $1 }
    let all = try run.rows.map { row in
      guard let annotation = found[row.id] else { throw UnknownVideo(path: folder.path, id: row.id) }
      return annotation
    }
    let rows = try Input.allCases.map { input in
      Row(
        input: input,
        meanF1: try run.interval { member, fold in
          guard input != .full else { return nil }
          let videos = run.rows.indices.filter { run.rows[$0].fold == fold }
          let exchanged = ExchangedVideos(videos.map { all[$0] }, source, as: input, seed: UInt64(fold + 1))
          var predictions: [Prediction] = []
          _ = try Ensemble(reading: member.model(fold), runtime: runtime)
            .predict(exchanged.annotations, source: exchanged.source) {
              predictions += $0
              try report($0.count)
            }
          return zip(videos, predictions).map { (place: $0, prediction: $1) }
        })
    }
    let ledger = ModalityLedger(videos: run.videos.count, rows: rows)
    try JSONText.write(ledger, to: folder.ledger)
    return ledger
  }

  /// How many videos `make` predicts.
  package static func work(of folder: RunFolder) throws -> Int {
    let run = try FinishedFolds(of: folder)
    return run.videos.count * run.members.count * (Input.allCases.count - 1)
  }
}

/// The finished folds of a run, and what they say of what they held out.
private struct FinishedFolds {
  let members: [RunFolder]
  let rows: [FoldRow]
  let finished: [Int]
  /// The places in `rows` of those that a finished fold held out.
  let videos: [Int]

  init(of folder: RunFolder) throws {
    guard Folder.isFolder(folder.path) else { throw NoRun(path: folder.path) }
    let members = try folder.members
    guard let first = members.first, Folder.exists(first.folds) else { throw NoRun(path: folder.path) }
    let rows = try JSONLines.read(FoldRow.self, from: first.folds)
    self.members = members
    finished = Set(rows.map(\.fold)).sorted().filter { fold in members.allSatisfy { $0.isFinished(fold) } }
    guard !finished.isEmpty else { throw NoFinishedFold(path: folder.path) }
    let isFinished = Set(finished)
    videos = rows.indices.filter { isFinished.contains(rows[$0].fold) }
    self.rows = rows
  }

  /// The official metric of the mean of the members.
  /// - Parameter predict: gives what a member's fold predicts, by place in `rows`; nil for what it predicted already.
  func interval(
    _ predict: (RunFolder, Int) throws -> [(place: Int, prediction: Prediction)]?
  ) throws -> Bootstrap.Interval {
    let categories = Categories(rows.map(\.category))
    var sums: PredictionTable.Mean?
    for member in members {
      var table = PredictionTable(categories: categories.level2, count: rows.count)
      for fold in finished {
        if let predictions = try predict(member, fold) {
          for (place, prediction) in predictions { _ = table.set(place, to: prediction) }
        } else {
          table = try member.predictions(of: finished, for: rows)
          break
        }
      }
      sums?.add(table)
      if sums == nil { sums = PredictionTable.Mean(table) }
    }
    guard let mean = sums.take()?.result() else { preconditionFailure("a run without members") }
    return Bootstrap().scores(
      truth: videos.map { categories.index(of: rows[$0].category) ?? 0 }, predicted: videos.map(mean.best),
      by: NumberedScores(classes: categories.level2)
    ).meanF1
  }
}

/// A video of a run whose annotation is not among those that were given.
package struct UnknownVideo: ReportableError {
  let path: FilePath
  let id: String

  package var kind: ErrorKind { .badData }
  package var description: String { "\(path): its video \(quoted(id)) is not among the annotations" }
}
