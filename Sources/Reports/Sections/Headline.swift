import Foundation
import Metrics
import Pages
import Records

/// The one number, how sure it is, and the four it is made of.
struct Headline: Sendable {
  struct Fact: Sendable {
    let factName: String
    let factValue: String
    let factNote: String?
  }

  let meanF1: String
  /// `0.4402 to 0.4731`
  let interval: String
  let basis: String
  let facts: [Fact]
  /// Where the models are worse than the floor.
  let belowFloor: String?

  init(_ run: RunRecord) {
    let (scores, interval) = (run.scores, run.videos.interval.meanF1)
    meanF1 = Self.text(scores.meanF1)
    self.interval = "\(Self.text(interval.low)) to \(Self.text(interval.high))"
    let folds =
      run.isComplete ? "all \(run.totalFolds) folds" : "\(run.finished.count) of \(run.totalFolds) folds"
    let seeds = run.seeds > 1 ? ", the mean of \(run.seeds) seeds" : ""
    basis =
      "\(Quantity.counted(run.videos.count, "video")), each predicted by the model that never saw it (\(folds)\(seeds)); the interval is the middle 95 % of what \(Quantity.grouped(Bootstrap().draws)) random draws of the videos give."
    var facts = [
      Fact(factName: "level 1 micro F1", factValue: Self.text(scores.level1.microF1), factNote: nil),
      Fact(factName: "level 1 macro F1", factValue: Self.text(scores.level1.macroF1), factNote: nil),
      Fact(factName: "level 2 micro F1", factValue: Self.text(scores.level2.microF1), factNote: nil),
      Fact(factName: "level 2 macro F1", factValue: Self.text(scores.level2.macroF1), factNote: nil),
    ]
    belowFloor = run.report?.floor?.verdict
    if let report = run.report {
      if let floor = report.floor {
        facts.append(
          Fact(
            factName: "the floor", factValue: Self.text(floor.meanF1),
            factNote: "linear models on \(floor.input.nouns)"))
      }
      if let labels = report.pseudoLabels {
        facts.append(
          Fact(
            factName: "pseudo-labels", factValue: Quantity.counted(labels.videos, "video"),
            factNote: labels.transductiveSentence ?? "\(labels.use), round \(labels.round)"))
      }
      if let videos = report.unlabelled {
        facts.append(
          Fact(
            factName: "without categories", factValue: Quantity.counted(videos.videos, "video"),
            factNote: videos.transductiveSentence ?? "by consistency, \(videos.method)"))
      }
      if report.folds.count > 1 {
        facts.append(
          Fact(
            factName: "over the folds", factValue: report.acrossFolds.description,
            factNote: "mean and deviation"))
      }
      if let calibrated = report.calibrated {
        facts.append(
          Fact(
            factName: "calibrated", factValue: Self.text(calibrated.meanF1),
            factNote: "mean F1, each fold by what the others choose"))
      }
    }
    self.facts = facts
  }

  static func text(_ value: Double) -> String { String(format: "%.4f", value) }
}
