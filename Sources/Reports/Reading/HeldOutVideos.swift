import Dataset
import Metrics
import Records

/// What a run says of the videos that its finished folds held out, a few numbers for each: of ten million probabilities
/// nothing stays in memory but those of the fold that is being read.
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
    let categories = Categories(rows.map(\.category))
    var said: [(predicted: Int, confidence: Float, truthProbability: Float)?] = rows.map { _ in nil }
    for fold in finished {
      let heldOut = rows.indices.filter { rows[$0].fold == fold }
      var sums: PredictionTable.Mean?
      for member in members {
        let table = try member.predictions(of: fold, for: rows, categories.level2)
        sums?.add(table)
        if sums == nil { sums = PredictionTable.Mean(table) }
      }
      guard let table = sums.take()?.result() else { preconditionFailure("a run without members") }
      for (place, video) in heldOut.enumerated() {
        let best = table.best(place)
        let truth = categories.index(of: rows[video].category) ?? 0
        said[video] = (best, table[place, best], table[place, truth])
      }
    }
    let places = rows.indices.filter { said[$0] != nil }
    let found = said.compactMap(\.self)
    classes = categories.level2
    ids = places.map { rows[$0].id }
    truth = places.map { categories.index(of: rows[$0].category) ?? 0 }
    predicted = found.map(\.predicted)
    confidences = found.map(\.confidence)
    truthProbabilities = found.map(\.truthProbability)
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
