import Storage

/// How sure a difference between two sets of predictions for the same videos is: both are scored on the same random
/// draws of the videos, with replacement (paired bootstrap; Efron, 1979).
package struct Bootstrap: Sendable {
  package let draws: Int
  package let seed: UInt64

  package init(draws: Int = 1000, seed: UInt64 = 1) {
    self.draws = draws
    self.seed = seed
  }

  /// A score, or a difference, and the middle 95 % of what the draws give for it, put around it.
  ///
  /// In a draw a third of the videos are missing and others stand several times. Macro F1, a mean over categories, is lower of
  /// such draws than of as many different videos: by a third of the interval's width where many categories have few
  /// videos. Other videos would not be like that, so the mean of the draws is moved to the score.
  package struct Interval: Codable, Sendable, Equatable {
    /// Over all videos, each once.
    package let value: Double
    package let low: Double
    package let high: Double

    /// - Parameters:
    ///   - values: of the draws.
    ///   - possible: what the value may be.
    init(_ value: Double, _ values: [Double], in possible: ClosedRange<Double>) {
      let sorted = values.sorted()
      let offCentre = values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count) - value
      func quantile(_ part: Double) -> Double {
        guard !sorted.isEmpty else { return value }
        let drawn = sorted[Int((part * Double(sorted.count - 1)).rounded())] - offCentre
        return min(max(drawn, possible.lowerBound), possible.upperBound)
      }
      (self.value, low, high) = (value, quantile(0.025), quantile(0.975))
    }
  }

  /// The differences of the official metric and of the tail's macro F1 (see `FrequencyScores`), each a mean over seeds.
  /// - Parameters:
  ///   - truth: the category of each video.
  ///   - predicted, baseline: of each seed the predicted category of each video, in the order of `truth`.
  ///   - trainingCounts: videos of each level-2 class in training.
  package func differences(
    truth: [String], predicted: [[String]], baseline: [[String]], trainingCounts: [String: Int]
  ) -> (meanF1: Interval, tailF1: Interval) {
    let classes = Set(truth).union((predicted + baseline).joined()).union(trainingCounts.keys)
    let metric = NumberedScores(classes: classes.sorted(), trainingCounts: trainingCounts)
    let numberedTruth = metric.numbers(of: truth)
    let sides = [predicted, baseline].map { $0.map(metric.numbers) }
    func difference(_ weights: [Int]) -> (meanF1: Double, tailF1: Double) {
      let scores = sides.map { side in
        let each = side.map { metric.scores(truth: numberedTruth, predicted: $0, weights: weights) }
        let count = Double(max(each.count, 1))
        return (each.reduce(0) { $0 + $1.meanF1 } / count, each.reduce(0) { $0 + $1.tailF1 } / count)
      }
      return (scores[0].0 - scores[1].0, scores[0].1 - scores[1].1)
    }
    return intervals(of: truth.count, in: -1...1, difference)
  }

  /// The official metric and the tail's macro F1 of one set of predictions.
  /// - Parameters:
  ///   - truth, predicted: the categories of each video, as numbers in `metric`.
  package func scores(
    truth: [Int], predicted: [Int], by metric: NumberedScores
  ) -> (meanF1: Interval, tailF1: Interval) {
    intervals(of: truth.count, in: 0...1) { metric.scores(truth: truth, predicted: predicted, weights: $0) }
  }

  /// - Parameter score: of videos that count so often.
  private func intervals(
    of videos: Int, in possible: ClosedRange<Double>, _ score: ([Int]) -> (meanF1: Double, tailF1: Double)
  ) -> (meanF1: Interval, tailF1: Interval) {
    var generator = SeededGenerator(seed: seed)
    let drawn = (0..<(videos == 0 ? 0 : draws)).map { _ in
      var weights = [Int](repeating: 0, count: videos)
      for _ in 0..<videos { weights[generator.int(below: videos)] += 1 }
      return score(weights)
    }
    let whole = score([Int](repeating: 1, count: videos))
    return (
      Interval(whole.meanF1, drawn.map(\.meanF1), in: possible),
      Interval(whole.tailF1, drawn.map(\.tailF1), in: possible)
    )
  }
}
