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

  /// A difference and the middle 95 % of what the draws give for it.
  package struct Interval: Codable, Sendable, Equatable {
    /// Over all videos, each once.
    package let value: Double
    package let low: Double
    package let high: Double

    /// - Parameter values: of the draws.
    init(_ value: Double, _ values: [Double]) {
      let sorted = values.sorted()
      func quantile(_ part: Double) -> Double {
        sorted.isEmpty ? value : sorted[Int((part * Double(sorted.count - 1)).rounded())]
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
    let coder = ClassCoder(truth: truth, others: predicted + baseline, trainingCounts: trainingCounts)
    let codedTruth = coder.codes(truth)
    let sides = [predicted, baseline].map { $0.map(coder.codes) }
    func difference(_ weights: [Int]) -> (meanF1: Double, tailF1: Double) {
      let scores = sides.map { side in
        let each = side.map { coder.scores(truth: codedTruth, predicted: $0, weights: weights) }
        let count = Double(max(each.count, 1))
        return (each.reduce(0) { $0 + $1.meanF1 } / count, each.reduce(0) { $0 + $1.tailF1 } / count)
      }
      return (scores[0].0 - scores[1].0, scores[0].1 - scores[1].1)
    }
    var generator = SeededGenerator(seed: seed)
    let drawn = (0..<(truth.isEmpty ? 0 : draws)).map { _ in
      var weights = [Int](repeating: 0, count: truth.count)
      for _ in truth { weights[generator.int(below: truth.count)] += 1 }
      return difference(weights)
    }
    let whole = difference([Int](repeating: 1, count: truth.count))
    return (
      Interval(whole.meanF1, drawn.map(\.meanF1)), Interval(whole.tailF1, drawn.map(\.tailF1))
    )
  }
}

/// Classes as numbers, so that a thousand draws are scored in the time that `Scores` takes for a few.
struct ClassCoder {
  private let numbers: [String: Int]
  /// The number of the first level of each class, and how many there are.
  private let parents: [Int]
  private let parentCount: Int
  private let isTail: [Bool]

  init(truth: [String], others: [[String]], trainingCounts: [String: Int]) {
    let names = Set(truth).union(others.joined()).union(trainingCounts.keys).sorted()
    numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    let level1 = Set(names.map(Scores.level1)).sorted()
    parents = names.map { level1.firstIndex(of: Scores.level1(of: $0)) ?? 0 }
    parentCount = level1.count
    let tail = FrequencyScores.thirds(of: names, trainingCounts: trainingCounts)[2]
    let tailNames = Set(tail.map(\.name))
    isTail = names.map(tailNames.contains)
  }

  func codes(_ classes: [String]) -> [Int] { classes.map { numbers[$0, default: 0] } }

  /// - Parameter weights: how often each video was drawn.
  func scores(truth: [Int], predicted: [Int], weights: [Int]) -> (meanF1: Double, tailF1: Double) {
    let level2 = Tally(classes: parents.count, truth, predicted, weights)
    let level1 = Tally(
      classes: parentCount, truth.map { parents[$0] }, predicted.map { parents[$0] }, weights)
    let sum = level1.microF1 + level1.macroF1(of: nil) + level2.microF1 + level2.macroF1(of: nil)
    return (sum / 4, level2.macroF1(of: isTail))
  }

  private struct Tally {
    private var correct: [Int]
    /// Support and predictions together.
    private var named: [Int]

    init(classes: Int, _ truth: [Int], _ predicted: [Int], _ weights: [Int]) {
      correct = [Int](repeating: 0, count: classes)
      named = correct
      for video in truth.indices where weights[video] > 0 {
        named[truth[video]] += weights[video]
        named[predicted[video]] += weights[video]
        if truth[video] == predicted[video] { correct[truth[video]] += weights[video] }
      }
    }

    var microF1: Double {
      let all = named.reduce(0, +)
      return all == 0 ? 0 : 2 * Double(correct.reduce(0, +)) / Double(all)
    }

    /// - Parameter chosen: the classes that count; nil for all.
    func macroF1(of chosen: [Bool]?) -> Double {
      var (sum, count) = (0.0, 0)
      for place in named.indices where named[place] > 0 && chosen?[place] ?? true {
        sum += 2 * Double(correct[place]) / Double(named[place])
        count += 1
      }
      return count == 0 ? 0 : sum / Double(count)
    }
  }
}
