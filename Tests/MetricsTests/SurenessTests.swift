import Testing

@testable import Metrics

@Suite("What probabilities are worth") struct SurenessTests {
  @Test("Each tenth has its videos, their mean probability and the share that are right")
  func tenths() {
    let sureness = Sureness(
      confidences: [0.05, 0.55, 0.52, 1, 0.95, 0.9], isRight: [false, true, false, true, true, false])
    #expect(sureness.tenths.map(\.count) == [1, 0, 0, 0, 0, 2, 0, 0, 0, 3])
    #expect(sureness.tenths[5].accuracy == 0.5 && abs((sureness.tenths[5].confidence ?? 0) - 0.535) < 1e-6)
    #expect(sureness.tenths[1].accuracy == nil && sureness.tenths[1].confidence == nil)
    // (|0.05 - 0| + |1.07 - 1| + |2.85 - 2|) / 6
    #expect(abs(sureness.calibrationError - 0.97 / 6) < 1e-6)
  }

  @Test(
    "The largest part that is right often enough takes videos of the same probability together or not at all")
  func coverage() {
    let sureness = Sureness(
      confidences: [0.9, 0.8, 0.8, 0.7, 0.3], isRight: [true, true, false, true, false])
    #expect(sureness.coverage.map(\.share) == [0.2, 0.6, 0.8, 1])
    #expect(sureness.largest(withAccuracy: 0.7)?.share == 0.8, "though the first 60 % are right less often")
    #expect(sureness.largest(withAccuracy: 1)?.share == 0.2)
    #expect(Sureness(confidences: [0.5], isRight: [false]).largest(withAccuracy: 0.1) == nil)
    #expect(Sureness(confidences: [], isRight: []).coverage.isEmpty)
  }

  @Test("Confusions are counted by direction, the most frequent first")
  func confusions() {
    let confusions = Confusions(classes: 3, truth: [0, 0, 0, 1, 2, 2], predicted: [0, 1, 1, 0, 2, 1])
    #expect(confusions[truth: 0, predicted: 1] == 2 && confusions[truth: 1, predicted: 0] == 1)
    #expect(confusions.support(of: 0) == 3)
    #expect(
      confusions.mostConfused(2) == [
        Confusions.Pair(truth: 0, predicted: 1, count: 2), Confusions.Pair(truth: 1, predicted: 0, count: 1),
      ])
    #expect(confusions.mostConfused(with: 2)?.predicted == 1 && confusions.mostConfused(9).count == 3)
  }

  @Test("Of ten thousands of classes only what occurs is kept")
  func manyClasses() {
    let truth = Array(0..<100_000)
    let confusions = Confusions(classes: 100_000, truth: truth, predicted: truth.map { $0 / 2 })
    #expect(confusions.support(of: 70_001) == 1 && confusions.mostConfused(with: 0) == nil)
    #expect(confusions.mostConfused(1) == [Confusions.Pair(truth: 1, predicted: 0, count: 1)])
  }

  @Test("The interval of one set of predictions surrounds its score, and is as wide as chance makes it")
  func interval() {
    let metric = NumberedScores(classes: ["0100", "0101", "0200"])
    let truth = (0..<120).map { $0 % 3 }
    let predicted = truth.enumerated().map { $0 % 5 == 0 ? ($1 + 1) % 3 : $1 }
    let interval = Bootstrap(draws: 300).scores(truth: truth, predicted: predicted, by: metric).meanF1
    #expect(interval.value == metric.scores(truth: truth, predicted: predicted).meanF1)
    #expect(interval.low < interval.value && interval.value < interval.high)
    #expect((0.05...0.25).contains(interval.high - interval.low), "\(interval)")
    #expect(Bootstrap(draws: 9).scores(truth: truth, predicted: truth, by: metric).meanF1.low == 1)
  }
}
