package import Baselines
package import Dataset
import Metrics
import Records
import Storage
package import SystemPackage
package import Torch

/// What a run has to beat: linear models on n-grams and stored vectors, out of fold on its own folds, made once for all
/// runs that share these.
package struct Floor: Sendable {
  private let validation: CrossValidation
  private let folds: Int
  /// Where what the floor says is kept.
  private let folder: FilePath

  /// - Parameter folds: the fold in which each video is held out.
  /// - Parameter count: how many folds there are.
  /// - Throws: `UnknownCategory` naming a video without one.
  package init(
    of videos: BaselineVideos, folds: [Int], count: Int, in folder: FilePath, cores: Cores
  ) throws(UnknownCategory) {
    validation = try CrossValidation(of: videos, folds: folds, cores: cores)
    self.folds = count
    self.folder = folder
  }

  package var input: BaselineInput { validation.videos.input }

  private func path(_ fold: Int) -> FilePath {
    folder.appending("fold-" + (fold < 10 ? "0" : "") + "\(fold).jsonl")
  }

  /// Makes what is not there yet; what a fold says is there as a whole or not at all, so that whoever is stopped goes on
  /// with the next one.
  /// - Parameter report: is told how far it has come, where there is anything to make.
  /// - Throws: `FloorInterrupted` once the task is cancelled.
  func make(report: (FitEvent.Floor) throws -> Void) throws {
    try Folder.create(folder)
    try removeLeftovers(in: folder, (0..<folds).map(path))
    let missing = (0..<folds).filter { !Folder.exists(path($0)) }
    for (number, fold) in missing.enumerated() {
      if Task.isCancelled { throw FloorInterrupted() }
      try report(.init(folds: folds, done: folds - missing.count + number))
      var file = try JSONLines.Writer<Prediction>(path(fold))
      var table = PredictionTable(categories: validation.categories.level2, count: 1)
      for (video, answer) in try validation.answers(of: fold) {
        table.set(0, to: answer.probabilities, status: answer.status)
        try file.append(table.prediction(0, id: validation.videos.annotations[video].id))
      }
      try file.commit()
    }
    if !missing.isEmpty { try report(.init(folds: folds, done: folds)) }
  }

  /// What it says of each video, at their places in the annotations.
  func predictions(_ rows: [FoldRow]) throws -> PredictionTable {
    var table = PredictionTable(categories: validation.categories.level2, count: rows.count)
    for fold in 0..<folds {
      try HeldOutPredictions(path(fold), of: fold, for: rows).read(into: &table)
    }
    return table
  }

  /// The scores of what it says: of the first level first, then of the categories in it.
  func scores(_ rows: [FoldRow]) throws -> Scores {
    let categories = validation.categories.level2
    let levels = FirstLevels(categories)
    var chosen = [Int](repeating: 0, count: rows.count)
    for fold in 0..<folds {
      let path = path(fold)
      var row = PredictionTable(categories: categories, count: 1)
      try HeldOutPredictions(path, of: fold, for: rows).visit { video, prediction in
        guard row.set(0, to: prediction) else {
          throw JSONError.content(path, line: nil, problem: "are of other categories than the annotations")
        }
        chosen[video] = levels.best(of: row[0])
      }
    }
    return Scores(chosen.map { categories[$0] }, truth: validation.videos.annotations)
  }

  /// Sees to it that the model of all videos, which `infer` uses, lies in a run's folder.
  func writeModel(to path: FilePath) throws {
    if !LinearBaseline.isComplete(folder) { try validation.ofAllVideos().write(to: folder) }
    guard path != folder else { return }
    try Folder.create(path)
    try removeLeftovers(in: path)
    if !LinearBaseline.isComplete(path) { try LinearBaseline(reading: folder).write(to: path) }
  }

  /// Removes what a killed process left half written of the model of all videos, and of `files`.
  private func removeLeftovers(in folder: FilePath, _ files: [FilePath] = []) throws(FileError) {
    for file in files + LinearBaseline.fileNames.map({ folder.appending($0) }) {
      try AtomicFile.removePartials(of: file)
    }
  }
}

/// The user asked for an end while linear models were trained.
struct FloorInterrupted: ReportableError {
  var kind: ErrorKind { .resumable }
  var description: String {
    "interrupted while linear models were trained; the same command goes on from there"
  }
}
