import Dataset
import Metrics
import Records

/// What a run says of the videos that its finished folds held out, a few numbers for each: of ten million probabilities
/// nothing stays in memory.
struct HeldOutVideos {
  /// Of level 2; their places are the numbers below.
  let classes: [String]
  let ids: [String]
  let truth: [Int]
  let predicted: [Int]
  /// Of the category that was predicted.
  let confidences: [Float]
  /// Of the true category.
  let truthProbabilities: [Float]

  /// - Parameter members: runs of different seeds on the same folds, of which the mean counts.
  /// - Throws: `JSONError` where predictions are not of these videos.
  init(of finished: [Int], in members: [RunFolder], for rows: [FoldRow]) throws {
    var sums: PredictionTable.Mean?
    for member in members {
      let table = try member.predictions(of: finished, for: rows)
      sums?.add(table)
      if sums == nil { sums = PredictionTable.Mean(table) }
    }
    guard let table = sums.take()?.result() else { preconditionFailure("a run without members") }
    let categories = Categories(rows.map(\.category))
    let isFinished = Set(finished)
    let places = rows.indices.filter { isFinished.contains(rows[$0].fold) }
    classes = table.categories
    ids = places.map { rows[$0].id }
    truth = places.map { categories.index(of: rows[$0].category) ?? 0 }
    predicted = places.map(table.best)
    confidences = zip(places, predicted).map { table[$0, $1] }
    truthProbabilities = zip(places, truth).map { table[$0, $1] }
  }

  var count: Int { ids.count }

  func isRight(_ video: Int) -> Bool { truth[video] == predicted[video] }

  /// All videos of the run count as training, which each fold has but for its own.
  var trainingCounts: [String: Int] {
    truth.reduce(into: [:]) { $0[classes[$1], default: 0] += 1 }
  }

  var scores: Scores {
    Scores(
      truth: truth.map { classes[$0] }, predicted: predicted.map { classes[$0] },
      trainingCounts: trainingCounts)
  }

  var interval: (meanF1: Bootstrap.Interval, tailF1: Bootstrap.Interval) {
    Bootstrap().scores(
      truth: truth, predicted: predicted,
      by: NumberedScores(classes: classes, trainingCounts: trainingCounts))
  }

  var sureness: Sureness {
    Sureness(confidences: confidences, isRight: zip(truth, predicted).map(==))
  }
}
