import Foundation
import Metrics
import Testing

@Suite("The official metric")
struct ScoresTests {
  struct Reference: Decodable, Sendable, CustomTestStringConvertible {
    struct Level: Decodable, Sendable {
      var micro, macro: Double
      var labels: [String]
      var precision, recall, f1: [Double]
      var support: [Int]
    }
    var name: String
    var truth, predicted: [String]
    var level1, level2: Level
    var testDescription: String { name }

    static func all() throws -> [Reference] {
      let file = Bundle.module.bundleURL.appending(path: "Fixtures/scores.json")
      return try JSONDecoder().decode([Reference].self, from: Data(contentsOf: file))
    }
  }

  @Test("Every number is scikit-learn's, classes that only the truth or only the prediction has included")
  func scikitLearn() throws {
    for reference in try Reference.all() {
      let scores = Scores(truth: reference.truth, predicted: reference.predicted)
      for (ours, theirs) in [(scores.level1, reference.level1), (scores.level2, reference.level2)] {
        #expect(abs(ours.microF1 - theirs.micro) < 1e-12, "\(reference.name)")
        #expect(abs(ours.macroF1 - theirs.macro) < 1e-12, "\(reference.name)")
        #expect(ours.classes.map(\.category) == theirs.labels, "\(reference.name)")
        #expect(ours.classes.map(\.support) == theirs.support, "\(reference.name)")
        for (column, expected) in [
          (\ClassScores.precision, theirs.precision), (\.recall, theirs.recall), (\.f1, theirs.f1),
        ] {
          #expect(zip(ours.classes, expected).allSatisfy { abs($0[keyPath: column] - $1) < 1e-12 })
        }
      }
    }
  }

  @Test(
    "By hand: a right level 1 counts although level 2 is wrong, and a class that is only predicted lowers the mean"
  )
  func byHand() {
    let scores = Scores(
      truth: ["0101", "0101", "0102", "0201"], predicted: ["0101", "0102", "0102", "0301"])
    // Level 1: 01 is right 3 times of 3; 02 is missed, 03 invented.
    #expect(scores.level1.microF1 == 3.0 / 4)
    #expect(scores.level1.macroF1 == 1.0 / 3)
    // Level 2: 0101 has precision 1, recall 1/2; 0102 precision 1/2, recall 1.
    #expect(scores.level2.microF1 == 2.0 / 4)
    let thirds = 1.0 / 3  // (2/3 + 2/3 + 0 + 0) / 4
    #expect(abs(scores.level2.macroF1 - thirds) < 1e-15)
    #expect(abs(scores.meanF1 - 23.0 / 48) < 1e-15)
    #expect(scores.level2.classes.map(\.category) == ["0101", "0102", "0201", "0301"])
    #expect(scores.level2.classes.map(\.predicted) == [1, 2, 0, 1])
  }

  @Test("All right is 1, all wrong is 0, nothing at all is 0 and no division by zero")
  func extremes() {
    #expect(Scores(truth: ["0101", "0202"], predicted: ["0101", "0202"]).meanF1 == 1)
    #expect(Scores(truth: ["0101", "0202"], predicted: ["0202", "0101"]).meanF1 == 0)
    #expect(Scores(truth: [], predicted: []).meanF1 == 0)
  }

  @Test("The order of the videos changes not a single bit")
  func order() throws {
    let reference = try #require(try Reference.all().first { $0.name == "long tail" })
    let forwards = Scores(truth: reference.truth, predicted: reference.predicted)
    let backwards = Scores(truth: reference.truth.reversed(), predicted: reference.predicted.reversed())
    #expect(forwards == backwards)
  }

  @Test("Scores survive JSON")
  func coding() throws {
    let scores = Scores(truth: ["0101", "0102", "0201"], predicted: ["0101", "0101", "0202"])
    #expect(try JSONDecoder().decode(Scores.self, from: JSONEncoder().encode(scores)) == scores)
  }
}
