import Configuration
import Dataset
package import Inference
import Metrics
import Storage
import SystemPackage
import Training

/// What the finished folds of a run say of the videos that each held out; of runs that differ by their seed, the mean.
package struct RunSummary {
  let configuration: RunConfiguration
  let annotations: [Annotation]
  /// The fold in which each video is held out.
  let folds: [Int]

  /// Writes the report into `folder`, and once every fold is finished the predictions out of fold and the calibration.
  /// - Parameter members: runs of different seeds on the same folds.
  ///
  /// Folds may be trained side by side. What is finished is asked for while nobody else writes, and a fold is finished
  /// before its process comes here: so the last report that is written has them all.
  package func write(_ members: [RunFolder], to folder: RunFolder) throws -> RunReport {
    try folder.exclusively { try writeExclusively(members, to: folder) }
  }

  private func writeExclusively(_ members: [RunFolder], to folder: RunFolder) throws -> RunReport {
    let finished = (0..<configuration.folds).filter { fold in members.allSatisfy { $0.isFinished(fold) } }
    guard !finished.isEmpty else { throw NoFinishedFold(path: folder.path) }
    let each = try members.map { member in try finished.map { try predictions(of: $0, in: member) } }
    let mean = finished.indices.map { fold in Prediction.mean(each.map { $0[fold] }) }
    let scores = mean.map { Scores($0, truth: annotations).meanF1 }
    var (outOfFold, calibrated): (Scores?, Scores?)
    if finished.count == configuration.folds {
      let ordered = inOrder(mean)
      try JSONLines.write(ordered, to: folder.outOfFold)
      outOfFold = Scores(ordered, truth: annotations)
      calibrated = try calibrate(each.map(inOrder), in: folder)
    }
    let skipped = try members.flatMap { member in
      try finished.flatMap {
        try EventFile(member.events($0)).epochs().map(\.result.skippedSteps)
      }
    }
    let report = RunReport(
      folds: Dictionary(uniqueKeysWithValues: zip(finished, scores)), totalFolds: configuration.folds,
      acrossFolds: Statistics(scores), outOfFold: outOfFold, calibrated: calibrated,
      skippedSteps: skipped.reduce(0, +))
    try JSONText.write(report, to: folder.report)
    try AtomicFile.write(report.markdown, to: folder.readableReport)
    return report
  }

  /// What a finished fold says of the videos that it held out, in the order of the annotations.
  private func predictions(of fold: Int, in member: RunFolder) throws -> [Prediction] {
    let path = member.predictions(fold)
    let predictions = try JSONLines.read(Prediction.self, from: path)
    let heldOut = zip(annotations, folds).filter { $0.1 == fold }.map(\.0.id)
    guard predictions.map(\.id) == heldOut else {
      throw JSONError.content(path, line: nil, problem: "are not of the videos that fold \(fold) holds out")
    }
    return predictions
  }

  /// From fold by fold to the order of the annotations.
  private func inOrder(_ predictions: [[Prediction]]) -> [Prediction] {
    var rest = predictions.map { $0[...] }
    return folds.compactMap { rest[$0].popFirst() }
  }

  /// - Parameter members: of each seed the predictions out of fold.
  private func calibrate(_ members: [[Prediction]], in folder: RunFolder) throws -> Scores? {
    let settings = configuration.calibration
    guard settings.isAnythingChosen else {
      if Folder.exists(folder.calibration) { try Folder.removeFile(folder.calibration) }
      return nil
    }
    let all = OutOfFold(members, truth: annotations.map { $0.category ?? "" }, folds: folds)
    let calibration = Calibration(fitting: all, on: Array(all.labels.indices), settings)
    try JSONText.write(calibration, to: folder.calibration)
    return Calibration.crossFitted(all, settings)
  }
}

extension Prediction {
  /// Of several members for the same videos, the mean of their probabilities; the prior where one of them has no numbers,
  /// as in `infer`.
  fileprivate static func mean(_ members: [[Prediction]]) -> [Prediction] {
    guard let first = members.first, members.count > 1 else { return members.first ?? [] }
    return first.indices.map { video in
      if let prior = members.first(where: { $0[video].status == .prior }) { return prior[video] }
      var mean = first[video]
      let sums = members.reduce(into: [String: Float]()) { sums, member in
        sums.merge(member[video].probabilities, uniquingKeysWith: +)
      }
      mean.probabilities = sums.mapValues { $0 / Float(members.count) }
      let best = mean.probabilities.max { ($0.value, $1.key) < ($1.value, $0.key) }
      (mean.category, mean.probability) = (best?.key ?? mean.category, best?.value ?? mean.probability)
      return mean
    }
  }
}

extension Scores {
  /// Against the categories of those annotations that have a prediction; all of them are counted as training, which
  /// each fold has but for its own.
  init(_ predictions: [Prediction], truth: [Annotation]) {
    let categories = Dictionary(uniqueKeysWithValues: truth.map { ($0.id, $0.category ?? "") })
    self.init(
      truth: predictions.map { categories[$0.id] ?? "" }, predicted: predictions.map(\.category),
      trainingCounts: categories.values.reduce(into: [:]) { $0[$1, default: 0] += 1 })
  }
}

/// Runs without a fold that all of them have finished.
struct NoFinishedFold: ReportableError {
  let path: FilePath

  var kind: ErrorKind { .missingInput }
  var description: String { "\(path): there is no fold that every seed has finished" }
}
