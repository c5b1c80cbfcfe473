import Testing

@testable import Metrics

@Suite("Scores by class frequency") struct FrequencyScoresTests {
  private func frequency(
    truth: [String], predicted: [String], counts: [String: Int]
  ) throws -> FrequencyScores {
    try #require(Scores(truth: truth, predicted: predicted, trainingCounts: counts).frequency)
  }

  @Test("Classes are cut into thirds by their videos in training; those of equal number are in order of name")
  func thirds() throws {
    let counts = ["0101": 9, "0102": 4, "0103": 4, "0104": 4, "0105": 2, "0106": 1]
    let all = counts.keys.sorted()
    let scores = try frequency(truth: all + ["0101"], predicted: all + ["0106"], counts: counts)
    #expect(scores.head.fewest == 4 && scores.head.most == 9 && scores.head.classes == 2)
    #expect(scores.head.support == 3 && scores.middle.support == 2)
    #expect(scores.tail.fewest == 1 && scores.tail.most == 2)
    #expect(abs(scores.head.macroF1 - (2.0 / 3 + 1) / 2) < 1e-12)
    #expect(scores.middle.macroF1 == 1)
    #expect(abs(scores.tail.macroF1 - (1 + 2.0 / 3) / 2) < 1e-12)
  }

  @Test("A class that training lacks is of the tail; one that does not occur is counted nowhere")
  func unseen() throws {
    let scores = try frequency(
      truth: ["0101", "0900"], predicted: ["0101", "0101"], counts: ["0101": 5, "0102": 3])
    #expect(scores.middle == .init(classes: 0, macroF1: 0, support: 0, fewest: 3, most: 3))
    #expect(scores.tail == .init(classes: 1, macroF1: 0, support: 1, fewest: 0, most: 0))
  }

  @Test("The mean over the classes of all thirds is the macro F1 of the level")
  func together() throws {
    let truth = ["0101", "0102", "0103", "0104", "0102", "0101", "0202"]
    let predicted = ["0101", "0101", "0103", "0202", "0102", "0102", "0202"]
    let scores = Scores(
      truth: truth, predicted: predicted, trainingCounts: ["0101": 3, "0103": 1, "0104": 8, "0202": 2])
    let thirds = try #require(scores.frequency.map { [$0.head, $0.middle, $0.tail] })
    let sum = thirds.reduce(0) { $0 + $1.macroF1 * Double($1.classes) }
    #expect(abs(sum / Double(thirds.reduce(0) { $0 + $1.classes }) - scores.level2.macroF1) < 1e-12)
    #expect(Scores(truth: truth, predicted: predicted).frequency == nil)
  }

  @Test("Of fewer than three classes a third is empty")
  func few() throws {
    let scores = try frequency(truth: ["0101"], predicted: ["0101"], counts: ["0101": 2])
    #expect(scores.tail.classes == 1 && scores.head.classes == 0 && scores.head.most == 0)
  }
}
