package import Dataset
import Storage
package import SystemPackage

/// A file of what is said of the videos that a fold holds out, in their order.
package struct HeldOutPredictions {
  private let path: FilePath
  private let fold: Int
  private let rows: [FoldRow]

  /// - Parameter rows: of the run's videos, in the order of the annotations.
  package init(_ path: FilePath, of fold: Int, for rows: [FoldRow]) {
    (self.path, self.fold, self.rows) = (path, fold, rows)
  }

  /// Goes through the predictions.
  /// - Parameter body: is given the place of each video in the rows.
  /// - Throws: `JSONError` where the file is of other videos, and what `body` throws.
  package func visit(_ body: (Int, Prediction) throws -> Void) throws {
    let others = "are not of the videos that fold \(fold) holds out"
    var heldOut = rows.indices.filter { rows[$0].fold == fold }[...]
    try Prediction.visit(path) { prediction in
      guard let video = heldOut.popFirst(), rows[video].id == prediction.id else { throw strange(others) }
      try body(video, prediction)
    }
    guard heldOut.isEmpty else { throw strange(others) }
  }

  /// Puts the predictions at their videos' places.
  /// - Throws: `JSONError` where the file is of other videos or categories.
  package func read(into table: inout PredictionTable) throws {
    try visit { video, prediction in try set(video, of: &table, to: prediction) }
  }

  fileprivate func set(_ place: Int, of table: inout PredictionTable, to prediction: Prediction) throws {
    guard table.set(place, to: prediction) else {
      throw strange("are of other categories than the annotations")
    }
  }

  private func strange(_ problem: String) -> JSONError { .content(path, line: nil, problem: problem) }
}

extension RunFolder {
  /// What one finished fold says of the videos that it held out, in their order and not at their places in `rows`.
  /// - Parameter categories: of all rows.
  /// - Throws: `JSONError` where the file is of other videos or categories.
  package func predictions(
    of fold: Int, for rows: [FoldRow], _ categories: [String]
  ) throws -> PredictionTable {
    var table = PredictionTable(categories: categories, count: rows.count { $0.fold == fold })
    let held = HeldOutPredictions(predictions(fold), of: fold, for: rows)
    var place = 0
    try held.visit { _, prediction in
      try held.set(place, of: &table, to: prediction)
      place += 1
    }
    return table
  }

  /// What finished folds say of the videos that they held out.
  /// - Parameter rows: of the run's videos, in the order of the annotations.
  /// - Returns: the predictions at the videos' places in `rows`, of the categories that occur there; 0 where no fold of
  ///   `finished` held the video out.
  /// - Throws: `JSONError` where a file is of other videos or categories.
  package func predictions(of finished: [Int], for rows: [FoldRow]) throws -> PredictionTable {
    var table = PredictionTable(categories: Categories(rows.map(\.category)).level2, count: rows.count)
    for fold in finished {
      try HeldOutPredictions(predictions(fold), of: fold, for: rows).read(into: &table)
    }
    return table
  }
}
