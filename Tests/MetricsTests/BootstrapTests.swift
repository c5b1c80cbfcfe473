import Foundation
import Storage
import Testing

@testable import Metrics

@Suite("Bootstrap") struct BootstrapTests {
  private let classes = ["0101", "0102", "0103", "0201", "0202", "0203"]
  private let counts = ["0101": 60, "0102": 30, "0103": 20, "0201": 10, "0202": 5, "0203": 2]

  /// Categories of 200 videos, and predictions that are right with a probability.
  private func make(accuracy: Double, seed: UInt64) -> (truth: [String], predicted: [String]) {
    var truths = SeededGenerator(seed: 1)
    var generator = SeededGenerator(seed: seed)
    let truth = (0..<200).map { _ in classes[truths.int(below: 6)] }
    return (truth, truth.map { generator.uniform() < accuracy ? $0 : classes[generator.int(below: 6)] })
  }

  @Test("The number-coded metric is that of Scores, also on a draw with repetitions")
  func metric() throws {
    let (truth, predicted) = make(accuracy: 0.5, seed: 3)
    let metric = NumberedScores(classes: classes, trainingCounts: counts)
    var generator = SeededGenerator(seed: 9)
    let weights = truth.map { _ in generator.int(below: 4) }
    let drawn = truth.indices.flatMap { Array(repeating: $0, count: weights[$0]) }
    let expected = Scores(
      truth: drawn.map { truth[$0] }, predicted: drawn.map { predicted[$0] }, trainingCounts: counts)
    let found = metric.scores(
      truth: metric.numbers(of: truth), predicted: metric.numbers(of: predicted),
      weights: weights)
    #expect(abs(found.meanF1 - expected.meanF1) < 1e-12)
    #expect(abs(found.tailF1 - (try #require(expected.frequency).tail.macroF1)) < 1e-12)
  }

  @Test(
    "The interval holds the difference; it is clear of 0 where the difference is, and not where it is not")
  func interval() {
    let (truth, good) = make(accuracy: 0.9, seed: 2)
    let (bad, alsoBad) = (make(accuracy: 0.4, seed: 3).predicted, make(accuracy: 0.4, seed: 4).predicted)
    func difference(_ predicted: [[String]], _ baseline: [[String]]) -> Bootstrap.Interval {
      Bootstrap(draws: 200).differences(
        truth: truth, predicted: predicted, baseline: baseline, trainingCounts: counts
      ).meanF1
    }
    let clear = difference([good], [bad])
    #expect(clear.low < clear.value && clear.value < clear.high && clear.low > 0.2)
    let unclear = difference([alsoBad], [bad])
    #expect(unclear.low < 0 && unclear.high > 0)
    let none = difference([bad], [bad])
    #expect(none.value == 0 && none.low == 0 && none.high == 0, "the same videos are drawn for both")
    let mean = difference([good, bad], [bad])
    #expect(abs(mean.value - clear.value / 2) < 1e-12, "a mean over seeds")
  }

  @Test(
    "Many categories of few videos leave the interval around its score, and it holds what other videos would score"
  )
  func tinyCategories() {
    // A model that is right in 60 % of the cases, on 300 videos of 200 categories, most of which have one or two.
    let classes = (0..<200).map { String(format: "%02d%02d", $0 / 20, $0 % 20) }
    let metric = NumberedScores(classes: classes)
    var generator = SeededGenerator(seed: 11)
    func videos() -> (truth: [Int], predicted: [Int]) {
      let truth = (0..<300).map { _ in Int(200 * generator.uniform() * generator.uniform()) }
      return (truth, truth.map { generator.uniform() < 0.6 ? $0 : generator.int(below: 200) })
    }
    let others = (0..<200).map { _ in
      let (truth, predicted) = videos()
      return metric.scores(truth: truth, predicted: predicted).meanF1
    }
    let expected = others.reduce(0, +) / Double(others.count)
    var (held, centred) = (0, 0)
    for _ in 0..<20 {
      let (truth, predicted) = videos()
      let interval = Bootstrap(draws: 200).scores(truth: truth, predicted: predicted, by: metric).meanF1
      if (interval.low...interval.high).contains(expected) { held += 1 }
      let middle = (interval.low + interval.high) / 2
      if abs(interval.value - middle) < (interval.high - interval.low) / 6 { centred += 1 }
    }
    #expect(held >= 17 && centred >= 19, "\(held) hold it, \(centred) are centred")
  }

  @Test("The same seed draws the same")
  func seeded() {
    let (truth, predicted) = make(accuracy: 0.6, seed: 5)
    func low(_ seed: UInt64) -> Double {
      Bootstrap(draws: 100, seed: seed).differences(
        truth: truth, predicted: [predicted], baseline: [truth], trainingCounts: counts
      ).meanF1.low
    }
    #expect(low(1) == low(1) && low(1) != low(2))
  }
}
