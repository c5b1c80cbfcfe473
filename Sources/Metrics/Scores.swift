import Dataset

/// How well predicted categories agree with the true ones, by the challenge's official metric:
///
///     meanF1 = (level-1 micro F1 + level-1 macro F1 + level-2 micro F1 + level-2 macro F1) / 4
///
/// Level 1 is the first two characters of a level-2 category, of the prediction as of the truth.
package struct Scores: Codable, Sendable, Equatable {
  /// How many videos.
  package let count: Int
  package let meanF1: Double
  package let level1: LevelScores
  package let level2: LevelScores
  /// Level 2 by how frequent its classes are in training; nil where that is not known.
  package let frequency: FrequencyScores?

  enum CodingKeys: String, CodingKey {
    case count
    case meanF1 = "mean_f1"
    case level1, level2, frequency
  }

  /// - Precondition: `truth` and `predicted` are of the same videos in the same order.
  /// - Parameter trainingCounts: videos of each level-2 class in training.
  package init(truth: [String], predicted: [String], trainingCounts: [String: Int]? = nil) {
    precondition(
      truth.count == predicted.count, "\(truth.count) true and \(predicted.count) predicted categories")
    count = truth.count
    level1 = LevelScores(truth: truth.map(CategoryID.level1), predicted: predicted.map(CategoryID.level1))
    level2 = LevelScores(truth: truth, predicted: predicted)
    frequency = trainingCounts.map { [level2] in FrequencyScores(level2, trainingCounts: $0) }
    meanF1 = (level1.microF1 + level1.macroF1 + level2.microF1 + level2.macroF1) / 4
  }
}

/// The agreement at one level of the category tree.
package struct LevelScores: Codable, Sendable, Equatable {
  /// With one category a video, the share of videos that are right.
  package let microF1: Double
  /// The plain mean over `classes`.
  package let macroF1: Double
  /// Every class that occurs in the truth or in the prediction (scikit-learn's default), sorted by name.
  package let classes: [ClassScores]

  enum CodingKeys: String, CodingKey {
    case microF1 = "micro_f1"
    case macroF1 = "macro_f1"
    case classes
  }

  init(truth: [String], predicted: [String]) {
    var counts: [String: ClassCounts] = [:]
    for (truth, predicted) in zip(truth, predicted) {
      counts[truth, default: ClassCounts()].support += 1
      counts[predicted, default: ClassCounts()].predicted += 1
      if truth == predicted { counts[truth, default: ClassCounts()].correct += 1 }
    }
    classes = counts.keys.sorted().map { ClassScores(category: $0, counts[$0, default: ClassCounts()]) }
    microF1 = ratio(counts.values.reduce(0) { $0 + $1.correct }, truth.count)
    macroF1 = classes.isEmpty ? 0 : classes.reduce(0) { $0 + $1.f1 } / Double(classes.count)
  }
}

/// The agreement on one class.
package struct ClassScores: Codable, Sendable, Equatable {
  package let category: String
  /// Of the videos predicted to be of this class, the share that are; 0 where there are none.
  package let precision: Double
  /// Of the videos of this class, the share that were found; 0 where there are none.
  package let recall: Double
  /// 2 · correct / (support + predicted), the harmonic mean of both.
  package let f1: Double
  /// How many videos are of this class.
  package let support: Int
  /// How many were predicted to be.
  package let predicted: Int

  fileprivate init(category: String, _ counts: ClassCounts) {
    self.category = category
    precision = ratio(counts.correct, counts.predicted)
    recall = ratio(counts.correct, counts.support)
    f1 = ratio(2 * counts.correct, counts.support + counts.predicted)
    support = counts.support
    predicted = counts.predicted
  }
}

private struct ClassCounts {
  var support = 0
  var predicted = 0
  var correct = 0
}

/// 0 where undefined, as scikit-learn has it.
private func ratio(_ numerator: Int, _ denominator: Int) -> Double {
  denominator == 0 ? 0 : Double(numerator) / Double(denominator)
}
