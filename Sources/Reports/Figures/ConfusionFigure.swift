import Foundation
import Metrics

/// A square of cells, the darker the more of a category's videos were predicted so.
struct ConfusionFigure: Sendable {
  struct Cell: Sendable {
    let x: Int
    let y: Int
    let opacity: String
    let hint: String
    /// The share in percent, where there is room for it.
    let cellText: String?
    let isDark: Bool
    let textX: Int
    let textY: Int
    let isRight: Bool
  }

  struct Label: Sendable {
    let x: Int
    let y: Int
    let labelText: String
    let hint: String
  }

  let side: Int
  /// Pixels that it may take: few cells need not be large ones.
  let widest: Int
  /// Of the cells, without labels.
  let inner: Int
  let cells: [Cell]
  let rows: [Label]
  let columns: [Label]

  private static let (cell, margin) = (26, 30)
  /// More cells than that would not be told apart.
  static let most = 40

  /// - Parameter shown: the categories that have a row and a column, as numbers.
  init(_ confusions: Confusions, _ shown: [Int], names: [String], labels: (String) -> String) {
    inner = Self.cell * shown.count
    side = inner + Self.margin
    widest = max(260, side * 3 / 2)
    let shares = shown.count <= 14
    var cells: [Cell] = []
    for (row, truth) in shown.enumerated() {
      let support = confusions.support(of: truth)
      for (column, predicted) in shown.enumerated() {
        let count = confusions[truth: truth, predicted: predicted]
        guard count > 0 else { continue }
        let share = Double(count) / Double(support)
        // So that a hundredth is seen beside the whole.
        let depth = share.squareRoot()
        let (x, y) = (Self.margin + column * Self.cell, Self.margin + row * Self.cell)
        cells.append(
          Cell(
            x: x, y: y, opacity: String(format: "%.2f", 0.06 + 0.94 * depth),
            hint:
              "\(count) of \(support) videos of \(labels(names[truth])) predicted as \(labels(names[predicted]))",
            cellText: shares && share >= 0.005 ? String(format: "%.0f", share * 100) : nil,
            isDark: depth > 0.6, textX: x + Self.cell / 2, textY: y + Self.cell / 2,
            isRight: truth == predicted))
      }
    }
    self.cells = cells
    let centre = Self.margin + Self.cell / 2
    rows = shown.enumerated().map {
      Label(x: Self.margin - 5, y: centre + $0 * Self.cell, labelText: names[$1], hint: labels(names[$1]))
    }
    columns = shown.enumerated().map {
      Label(x: centre + $0 * Self.cell, y: Self.margin - 8, labelText: names[$1], hint: labels(names[$1]))
    }
  }
}
