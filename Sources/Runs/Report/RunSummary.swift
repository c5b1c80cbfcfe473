import Dataset
import Inference
import Metrics
package import Records
import Settings
import Storage
import SystemPackage
import Training

/// What the finished folds of a run say of the videos that each held out; of runs that differ by their seed, the mean.
package struct RunSummary {
  let configuration: RunConfiguration
  let annotations: [Annotation]
  /// The fold in which each video is held out.
  let folds: [Int]
  /// nil where there is nothing that linear models could look at.
  let floor: Floor?
  /// nil where the run is trained on none.
  let pseudoLabels: PseudoLabelRecord?
  /// nil where the run is trained on none.
  let unlabelled: UnlabelledRecord?
  /// Is told what went wrong and is no reason to stop.
  let report: (FitEvent) throws -> Void

  /// Writes the report into `folder`, and once every fold is finished the predictions out of fold and the calibration.
  /// - Parameter members: runs of different seeds on the same folds.
  ///
  /// Folds may be trained side by side. What is finished is asked for while nobody else writes, and a fold is finished
  /// before its process comes here: so the last report that is written has them all.
  package func write(_ members: [RunFolder], to folder: RunFolder) throws -> RunReport {
    try folder.exclusively { try writeExclusively(members, to: folder) }
  }

  /// The lines of `folds.jsonl`.
  var rows: [FoldRow] {
    zip(annotations, folds).map { FoldRow(id: $0.id, fold: $1, category: $0.category ?? "") }
  }

  private func writeExclusively(_ members: [RunFolder], to folder: RunFolder) throws -> RunReport {
    let finished = (0..<configuration.folds).filter { fold in members.allSatisfy { $0.isFinished(fold) } }
    guard !finished.isEmpty else { throw NoFinishedFold(path: folder.path) }
    let isComplete = finished.count == configuration.folds
    for file in [folder.outOfFold, folder.calibration, folder.report, folder.readableReport] {
      try AtomicFile.removePartials(of: file)
    }
    let rows = rows
    // Before the tables are there: each of these wants memory of its own.
    let floorScores = isComplete ? try self.floorScores(rows, in: folder) : nil
    // Of each seed by itself where the calibration wants to see them.
    var each: [PredictionTable] = []
    var sums: PredictionTable.Mean?
    for member in members {
      let table = try member.predictions(of: finished, for: rows)
      sums?.add(table)
      if sums == nil { sums = PredictionTable.Mean(table) }
      if isComplete, configuration.calibration.isAnythingChosen { each.append(table) }
    }
    guard let mean = sums.take()?.result() else { throw NoFinishedFold(path: folder.path) }
    let scores = finished.map { fold in
      Scores(mean, of: folds.indices.filter { folds[$0] == fold }, truth: annotations).meanF1
    }
    var (outOfFold, calibrated): (Scores?, Scores?)
    var floorReport: FloorReport?
    if isComplete {
      var file = try JSONLines.Writer<Prediction>(folder.outOfFold)
      for (video, annotation) in annotations.enumerated() {
        try file.append(mean.prediction(video, id: annotation.id))
      }
      try file.commit()
      let scores = Scores(mean, of: Array(annotations.indices), truth: annotations)
      outOfFold = scores
      if let floor, let floorScores {
        let levels = FirstLevels(mean.categories)
        let chosen = annotations.indices.map { mean.categories[levels.best(of: mean[$0])] }
        floorReport = FloorReport(
          floorScores, input: floor.input, model: Scores(chosen, truth: annotations))
      }
      calibrated = try calibrate(each, in: folder)
    }
    let skipped = try members.flatMap { member in
      try finished.flatMap {
        try EventFile(member.events($0)).epochs().map(\.result.skippedSteps)
      }
    }
    let report = RunReport(
      folds: Dictionary(uniqueKeysWithValues: zip(finished, scores)), totalFolds: configuration.folds,
      acrossFolds: Statistics(scores), outOfFold: outOfFold, calibrated: calibrated,
      floor: floorReport, skippedSteps: skipped.reduce(0, +), pseudoLabels: pseudoLabels,
      unlabelled: unlabelled)
    try JSONText.write(report, to: folder.report)
    try AtomicFile.write(report.markdown, to: folder.readableReport)
    return report
  }

  /// Makes what the floor says, and its model where that is a member.
  /// - Returns: nil where there is no floor, and where it could not be made, which a run that is finished and does not need
  ///   it tells in a warning.
  /// - Throws: `MissingMember` where it could not, and is needed.
  private func floorScores(_ rows: [FoldRow], in folder: RunFolder) throws -> Scores? {
    guard let floor else { return nil }
    do {
      try floor.make { try report(.floor($0)) }
      if configuration.calibration.floor { try floor.writeModel(to: folder.floor) }
      return try floor.scores(rows)
    } catch let error as any ReportableError where !(error is FloorInterrupted) {
      if configuration.calibration.floor { throw MissingMember(cause: error) }
      try report(.warning(.init(message: "the report goes without the floor: \(error)")))
      return nil
    }
  }

  /// - Parameter members: of each seed the predictions out of fold.
  private func calibrate(_ members: [PredictionTable], in folder: RunFolder) throws -> Scores? {
    let settings = configuration.calibration
    guard settings.isAnythingChosen else {
      if Folder.exists(folder.calibration) { try Folder.removeFile(folder.calibration) }
      return nil
    }
    var said: PredictionTable?
    if settings.floor { said = try floor?.predictions(rows) }
    let all = OutOfFold(
      members, floor: said, truth: annotations.map { $0.category ?? "" }, folds: folds)
    let calibration = Calibration(fitting: all, on: Array(all.labels.indices), settings)
    try JSONText.write(calibration, to: folder.calibration)
    return Calibration.crossFitted(all, settings)
  }
}

/// Linear models that are to be a member of the ensemble could not be made.
struct MissingMember: ReportableError {
  let cause: any ReportableError

  var kind: ErrorKind { cause.kind }
  var description: String {
    "\(cause); all folds are finished, and want linear models as a member: --no-floor goes without them"
  }
}

extension Scores {
  /// Against the categories of the annotations; all of them are counted as training, which each fold has but for its own.
  /// - Parameters:
  ///   - predictions: of all annotations in their order.
  ///   - videos: those that count.
  init(_ predictions: PredictionTable, of videos: [Int], truth annotations: [Annotation]) {
    self.init(
      videos.map { (video: $0, category: predictions.best($0)) }, predictions.categories, truth: annotations)
  }

  /// - Parameter predictions: of the videos at `places` in the annotations, in this order.
  init(_ predictions: PredictionTable, at places: [Int], truth annotations: [Annotation]) {
    self.init(
      places.enumerated().map { (video: $1, category: predictions.best($0)) }, predictions.categories,
      truth: annotations)
  }

  /// - Parameter categories: chosen for all annotations, in their order.
  init(_ categories: [String], truth annotations: [Annotation]) {
    self.init(
      truth: annotations.map { $0.category ?? "" }, predicted: categories,
      trainingCounts: annotations.reduce(into: [:]) { $0[$1.category ?? "", default: 0] += 1 })
  }

  private init(
    _ predicted: [(video: Int, category: Int)], _ categories: [String], truth annotations: [Annotation]
  ) {
    self.init(
      truth: predicted.map { annotations[$0.video].category ?? "" },
      predicted: predicted.map { categories[$0.category] },
      trainingCounts: annotations.reduce(into: [:]) { $0[$1.category ?? "", default: 0] += 1 })
  }
}
