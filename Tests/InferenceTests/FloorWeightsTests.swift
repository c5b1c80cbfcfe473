import Dataset
import Metrics
import Storage
import Testing

@testable import Inference

@Suite("The floor as a member") struct FloorWeightsTests {
  private let categories = ["0100", "0101", "0200", "0201"]
  private let levels = FirstLevels(["0100", "0101", "0200", "0201"])
  private let settings = CalibrationConfiguration(floor: true, level1First: true)

  /// Members that tell the categories within a first level and not the first level; a floor that tells this alone.
  private func make(
    _ count: Int = 200, floorKnows: (Int) -> Bool = { _ in true }
  ) -> (truth: [String], members: PredictionTable, floor: PredictionTable) {
    var members = PredictionTable(categories: categories, count: count)
    var floor = members
    var generator = SeededGenerator(seed: 5)
    var truth: [String] = []
    for video in 0..<count {
      let (first, second) = (generator.int(below: 2), generator.int(below: 2))
      truth.append(categories[2 * first + second])
      let guess = generator.int(below: 2)
      members.set(
        video,
        to: (0..<4).map { ($0 / 2 == guess ? 0.6 : 0.4) * ($0 % 2 == second ? 0.9 : 0.1) },
        status: .complete)
      let said = floorKnows(video) ? first : 1 - first
      floor.set(video, to: (0..<4).map { $0 / 2 == said ? 0.45 : 0.05 }, status: .complete)
    }
    return (truth, members, floor)
  }

  private func fitted(_ all: OutOfFold) -> Calibration {
    Calibration(fitting: all, on: Array(all.labels.indices), settings)
  }

  private func folds(_ count: Int) -> [Int] { (0..<count).map { $0 % 5 } }

  @Test("It counts at the level that it knows, and no more than it helps")
  func levelsApart() throws {
    let (truth, members, floor) = make()
    let all = OutOfFold([members], floor: floor, truth: truth, folds: folds(200))
    let weights = try #require(fitted(all).floorWeights)
    #expect(weights.level1 > 0 && weights.level2 == 0)
    let scores = Calibration.crossFitted(all, settings)
    #expect(scores.meanF1 == 1)
    let without = Calibration.crossFitted(
      OutOfFold([members], truth: truth, folds: folds(200)), CalibrationConfiguration(level1First: true))
    #expect(without.level1.microF1 < 0.7)
  }

  @Test("What it says of a fold's own videos is not asked when its weight for them is chosen")
  func honest() {
    // In fold 0 it is right about everything, in all others wrong.
    let (truth, members, floor) = make { $0 % 5 == 0 }
    let all = OutOfFold([members], floor: floor, truth: truth, folds: folds(200))
    let own = (0..<200).filter { $0 % 5 == 0 }
    #expect(Calibration(fitting: all, on: own, settings).floorWeights?.level1 ?? 0 > 0)
    let others = (0..<200).filter { $0 % 5 != 0 }
    #expect(Calibration(fitting: all, on: others, settings).floorWeights?.level1 == 0)
    let without = Calibration.crossFitted(
      OutOfFold([members], truth: truth, folds: folds(200)), CalibrationConfiguration(level1First: true))
    #expect(Calibration.crossFitted(all, settings) == without, "it gained from itself")
  }

  @Test("Of a video of which it sees nothing the members alone speak")
  func nothingSeen() {
    let (truth, members, _) = make(40)
    // All of it the prior's, and all wrong of it.
    let floor = PredictionTable(categories: categories, count: 40)
    let all = OutOfFold([members], floor: floor, truth: truth, folds: folds(40))
    var calibration = Calibration.none
    calibration.floorWeights = .init(level1: 1, level2: 1)
    #expect(all.mean(calibration, of: 3) == all.mean(Calibration.none, of: 3))
  }

  @Test("Probabilities stay such; with weights of 1 they are the floor's, with 0 the members'")
  func mixing() {
    let (one, other) = ([0.4, 0.2, 0.3, 0.1], [0.1, 0.1, 0.2, 0.6])
    for (weight, expected) in [(0.0, one), (1.0, other)] {
      let mixed = levels.mixed(one, other, .init(level1: weight, level2: weight))
      #expect(zip(mixed, expected).allSatisfy { abs($0 - $1) < 1e-12 })
    }
    let mixed = levels.mixed(one, other, .init(level1: 0.5, level2: 0))
    #expect(abs(mixed.reduce(0, +) - 1) < 1e-12)
    #expect(abs(levels.sums(of: mixed)[0] - 0.4) < 1e-12 && abs(mixed[0] / mixed[1] - 2) < 1e-12)
    let none = levels.mixed([0, 0, 0.5, 0.5], [1, 0, 0, 0], .init(level1: 0.5, level2: 0))
    #expect(abs(none.reduce(0, +) - 1) < 1e-12, "a first level of which the members say nothing")
  }

  @Test("The first level is chosen first where that is asked for")
  func level1First() {
    var calibration = Calibration.none
    let probabilities = [0.3, 0.25, 0.4, 0.05]
    #expect(calibration.best(of: probabilities, levels) == 2)
    calibration.level1First = true
    #expect(calibration.best(of: probabilities, levels) == 0)
  }
}
