package import Dataset
import Storage
import SystemPackage

extension RunFolder {
  /// What finished folds say of the videos that they held out.
  /// - Parameter rows: of the run's videos, in the order of the annotations.
  /// - Returns: the predictions at the videos' places in `rows`, of the categories that occur there; 0 where no fold of
  ///   `finished` held the video out.
  /// - Throws: `JSONError` where a file is of other videos or categories.
  package func predictions(of finished: [Int], for rows: [FoldRow]) throws -> PredictionTable {
    var table = PredictionTable(categories: Categories(rows.map(\.category)).level2, count: rows.count)
    for fold in finished {
      let path = predictions(fold)
      func strange(_ problem: String) -> JSONError { .content(path, line: nil, problem: problem) }
      var heldOut = rows.indices.filter { rows[$0].fold == fold }[...]
      try JSONLines.visit(Prediction.self, from: path) { prediction in
        guard let video = heldOut.popFirst(), rows[video].id == prediction.id else {
          throw strange("are not of the videos that fold \(fold) holds out")
        }
        guard table.set(video, to: prediction) else {
          throw strange("are of other categories than the annotations")
        }
      }
      guard heldOut.isEmpty else { throw strange("are not of the videos that fold \(fold) holds out") }
    }
    return table
  }
}
