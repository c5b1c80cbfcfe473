import Foundation
import Metrics
import Terminal

extension Scores {
  /// The five numbers, then a line for every class of both levels, in aligned columns.
  var table: String {
    let summary = [
      ("mean F1", meanF1), ("level 1 micro F1", level1.microF1), ("level 1 macro F1", level1.macroF1),
      ("level 2 micro F1", level2.microF1), ("level 2 macro F1", level2.macroF1),
    ]
    let lines = summary.map { name, value in name.padded(to: 18) + number(value) }
    let tables = [frequency?.table, level1.table, level2.table].compactMap(\.self)
    return ([lines.joined(separator: "\n")] + tables).joined(separator: "\n\n")
  }
}

extension FrequencyScores {
  /// A line for each third of the level-2 classes.
  fileprivate var table: String {
    aligned([["class", "macro F1", "classes", "support", "in training"]] + rows, width: 13)
  }
}

extension LevelScores {
  fileprivate var table: String {
    let header = ["class", "precision", "recall", "F1", "support", "predicted"]
    let rows = classes.map { scores in
      [scores.category] + [scores.precision, scores.recall, scores.f1].map(number)
        + [scores.support, scores.predicted].map(String.init)
    }
    return aligned([header] + rows, width: 11)
  }
}

/// The first column to the left, the others to the right.
private func aligned(_ rows: [[String]], width: Int) -> String {
  rows.map { row in
    row.enumerated().map { column, cell in
      column == 0 ? cell.padded(to: 6) : cell.padded(to: width, alignRight: true)
    }.joined()
  }.joined(separator: "\n")
}

private func number(_ value: Double) -> String { String(format: "%.4f", value) }
