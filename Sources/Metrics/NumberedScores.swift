import Dataset

/// The official metric of classes that are numbers, so that thousands of variations are scored in the time that `Scores`
/// takes for a few.
package struct NumberedScores: Sendable {
  private let numbers: [String: Int]
  /// The number of the first level of each class, and how many there are.
  private let parents: [Int]
  private let parentCount: Int
  private let isTail: [Bool]

  /// - Parameter classes: of level 2, each once; their places are their numbers.
  /// - Parameter trainingCounts: videos of each class in training, which decide what the tail is.
  package init(classes: [String], trainingCounts: [String: Int] = [:]) {
    numbers = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, $0) })
    let levels = FirstLevels(classes)
    (parents, parentCount) = (levels.parents, levels.count)
    let tail = FrequencyScores.thirds(of: classes, trainingCounts: trainingCounts)[2]
    let tailNames = Set(tail.map(\.name))
    isTail = classes.map(tailNames.contains)
  }

  /// - Precondition: all are among `classes`.
  package func numbers(of classes: [String]) -> [Int] { classes.map { numbers[$0, default: 0] } }

  /// - Parameter weights: how often each video counts; nil counts each once.
  package func scores(
    truth: [Int], predicted: [Int], weights: [Int]? = nil
  ) -> (meanF1: Double, tailF1: Double) {
    let weights = weights ?? [Int](repeating: 1, count: truth.count)
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
