import Foundation
package import Metrics
import Storage

/// The scores of a run: `report.json`.
package struct RunReport: Codable, Sendable, Equatable {
  /// Of the finished folds, by number.
  package let folds: [Int: Double]
  package let totalFolds: Int
  /// Mean F1 over the finished folds.
  package let acrossFolds: Statistics
  /// Of all out-of-fold predictions together; nil until every fold is finished.
  package let outOfFold: Scores?
  /// The same with each fold's probabilities calibrated by what was chosen on the other folds; nil where no calibration
  /// is asked for.
  package let calibrated: Scores?
  /// Linear models on the same folds; nil until every fold is finished, and where there is nothing that they could see.
  package let floor: FloorReport?
  /// Steps of the finished folds that had no finite loss and gradient, and changed nothing.
  package let skippedSteps: Int
  /// nil where the run was trained on none.
  package let pseudoLabels: PseudoLabelRecord?
  /// nil where the run was trained on none.
  package let unlabelled: UnlabelledRecord?

  package init(
    folds: [Int: Double], totalFolds: Int, acrossFolds: Statistics, outOfFold: Scores?, calibrated: Scores?,
    floor: FloorReport?, skippedSteps: Int, pseudoLabels: PseudoLabelRecord? = nil,
    unlabelled: UnlabelledRecord? = nil
  ) {
    self.folds = folds
    self.totalFolds = totalFolds
    self.acrossFolds = acrossFolds
    self.outOfFold = outOfFold
    self.calibrated = calibrated
    self.floor = floor
    self.skippedSteps = skippedSteps
    self.pseudoLabels = pseudoLabels
    self.unlabelled = unlabelled
  }

  enum CodingKeys: String, CodingKey {
    case folds
    case totalFolds = "total_folds"
    case acrossFolds = "across_folds"
    case outOfFold = "out_of_fold"
    case calibrated, floor
    case skippedSteps = "skipped_steps"
    case pseudoLabels = "pseudo_labels"
    case unlabelled
  }

  /// What it was trained on beside labelled videos, for people: a sentence, and what a score on predicted videos has to be told
  /// with.
  package var further: [(sentence: String, transductive: String?)] {
    [
      pseudoLabels.map { ($0.sentence, $0.transductiveSentence) },
      unlabelled.map { ($0.sentence, $0.transductiveSentence) },
    ].compactMap(\.self)
  }

  /// For people: `report.md`.
  package var markdown: String {
    var lines = ["# Scores of this run", ""]
    lines.append("Mean F1 over \(folds.count) of \(totalFolds) folds: \(acrossFolds)")
    lines.append("")
    lines.append("| fold | mean F1 |")
    lines.append("|---:|---:|")
    for (fold, score) in folds.sorted(by: { $0.key < $1.key }) {
      lines.append("| \(fold) | \(Self.text(score)) |")
    }
    for (sentence, transductive) in further {
      lines += ["", sentence]
      if let transductive { lines += ["", "**\(transductive)**"] }
    }
    if skippedSteps > 0 {
      lines += [
        "", "\(skippedSteps) steps had no finite loss and gradient and were skipped; see `events.jsonl`.",
      ]
    }
    guard let scores = outOfFold else { return lines.joined(separator: "\n") + "\n" }
    if let calibrated {
      lines += [
        "",
        "Calibrated, each fold by what the others choose: mean F1 \(Self.text(calibrated.meanF1)), without "
          + Self.text(scores.meanF1),
      ]
    }
    if let floor { lines += [""] + self.lines(floor, model: scores) }
    lines += [
      "", "## All \(scores.count) videos out of fold", "", "| metric | F1 |", "|---|---:|",
      "| mean | \(Self.text(scores.meanF1)) |", "| level 1 micro | \(Self.text(scores.level1.microF1)) |",
      "| level 1 macro | \(Self.text(scores.level1.macroF1)) |",
      "| level 2 micro | \(Self.text(scores.level2.microF1)) |",
      "| level 2 macro | \(Self.text(scores.level2.macroF1)) |", "",
    ]
    if let frequency = scores.frequency {
      lines += [
        "| categories by videos in training | macro F1 | categories | videos | in training |",
        "|---|---:|---:|---:|---:|",
      ]
      lines += frequency.rows.map { row in
        "| \(row[0]) third | \(row.dropFirst().joined(separator: " | ")) |"
      }
      lines.append("")
    }
    lines += [
      "| category | precision | recall | F1 | videos | predicted |", "|---|---:|---:|---:|---:|---:|",
    ]
    lines += (scores.level1.classes + scores.level2.classes).map { row in
      "| \(row.category) | \(Self.text(row.precision)) | \(Self.text(row.recall)) | \(Self.text(row.f1)) | "
        + "\(row.support) | \(row.predicted) |"
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func lines(_ floor: FloorReport, model: Scores) -> [String] {
    func row(_ name: String, _ level1: (Double, Double), _ level2: (Double, Double)) -> String {
      let values = [level1.0, level1.1, level2.0, level2.1]
      return "| \(name) | \(([values.reduce(0, +) / 4] + values).map(Self.text).joined(separator: " | ")) |"
    }
    let chosen = calibrated ?? model
    return [
      "## The floor", "",
      "Linear models on \(floor.input.nouns), out of fold on the same folds. Of both the most probable first level is "
        + "chosen, and then the most probable category in it.", "",
      "| | mean F1 | level 1 micro | level 1 macro | level 2 micro | level 2 macro |",
      "|---|---:|---:|---:|---:|---:|",
      row(
        "floor", (floor.level1.microF1, floor.level1.macroF1), (floor.level2.microF1, floor.level2.macroF1)),
      row(
        "model", (floor.level1.modelMicroF1, floor.level1.modelMacroF1),
        (floor.level2.modelMicroF1, floor.level2.modelMacroF1)),
      row(
        "as infer chooses", (chosen.level1.microF1, chosen.level1.macroF1),
        (chosen.level2.microF1, chosen.level2.macroF1)), "",
      floor.verdict.map { "**\($0)**" } ?? "The model is below the floor at no level.",
    ]
  }

  private static func text(_ value: Double) -> String { String(format: "%.4f", value) }
}
