import Dataset
import Foundation
import JSONSchema
import Metrics
import Storage
import Testing

@testable import Inference

@Suite("Calibration") struct CalibrationTests {
  private let categories = ["0100", "0101", "0200"]

  private func prediction(_ id: Int, _ probabilities: [Double]) -> Prediction {
    let named = Dictionary(uniqueKeysWithValues: zip(categories, probabilities.map(Float.init)))
    let best = named.max { $0.value < $1.value }
    return Prediction(
      id: "\(id)", category: best?.key ?? "", probability: best?.value ?? 0, probabilities: named,
      status: .complete)
  }

  /// Videos of uneven categories, and a member whose logits point to the truth with a strength and noise.
  private func make(strength: Double, seed: UInt64, count: Int = 600) -> (
    truth: [String], member: [Prediction]
  ) {
    var truths = SeededGenerator(seed: 77)
    var noise = SeededGenerator(seed: seed)
    var truth: [String] = []
    let member = (0..<count).map { video in
      let draw = truths.int(below: 20)
      let label = draw < 14 ? 0 : draw < 19 ? 1 : 2
      truth.append(categories[label])
      let logits = (0..<3).map { ($0 == label ? strength : 0) + 2 * noise.uniform() + ($0 == 0 ? 1.2 : 0) }
      let sum = logits.reduce(0) { $0 + exp($1) }
      return prediction(video, logits.map { exp($0) / sum })
    }
    return (truth, member)
  }

  private func folds(_ count: Int) -> [Int] { (0..<count).map { $0 % 5 } }

  private func fitted(
    _ members: [[Prediction]], _ truth: [String], _ settings: CalibrationConfiguration
  ) -> Calibration {
    let all = OutOfFold(members, truth: truth, folds: folds(truth.count))
    return Calibration(fitting: all, on: Array(truth.indices), settings)
  }

  @Test("Nothing asked for changes nothing")
  func none() {
    let (truth, member) = make(strength: 1, seed: 1)
    #expect(fitted([member, member], truth, CalibrationConfiguration()) == .none)
    #expect(Calibration.none.apply(to: [0.5, 0.25, 0.25], categories: categories) == [0.5, 0.25, 0.25])
  }

  @Test("Probabilities that were sharpened get the temperature that takes it back")
  func temperature() {
    let (truth, member) = make(strength: 1, seed: 1)
    let settings = CalibrationConfiguration(temperature: true)
    let own = fitted([member], truth, settings).temperature
    let sharpened = member.map { sample in
      let powers = categories.map { pow(Double(sample.probabilities[$0] ?? 0), 3) }
      return prediction(Int(sample.id) ?? 0, powers.map { $0 / powers.reduce(0, +) })
    }
    let found = fitted([sharpened], truth, settings)
    #expect(abs(found.temperature / own - 3) < 0.01)
    let again = found.apply(to: [0.001, 0.008, 0.125], categories: categories)
    #expect(abs(again.reduce(0, +) - 1) < 1e-9 && again[0] < again[1] && again[1] < again[2])
  }

  @Test("The better member gets the larger weight, and two that are the same get half each")
  func weights() throws {
    let (truth, good) = make(strength: 3, seed: 1)
    let (_, bad) = make(strength: 0, seed: 2)
    let settings = CalibrationConfiguration(memberWeights: true)
    let weights = try #require(fitted([bad, good], truth, settings).memberWeights)
    #expect(abs(weights.reduce(0, +) - 1) < 1e-6 && weights[1] > 0.9)
    let same = try #require(fitted([good, good], truth, settings).memberWeights)
    #expect(abs(same[0] - 0.5) < 1e-6)
    #expect(fitted([good], truth, settings).memberWeights == nil, "one member has nothing to weigh")
  }

  @Test("Rare categories are raised where that helps the metric, the rarest most, and never lowered")
  func scales() {
    // The rare category comes close to winning its own videos, and nowhere near elsewhere.
    let truth = (0..<200).map { $0 % 21 == 0 ? "0200" : $0 % 4 == 1 ? "0101" : "0100" }
    let member = truth.enumerated().map { id, own in
      prediction(
        id,
        own == "0200" ? [0.5, 0.05, 0.45] : categories.map { $0 == own ? 0.8 : $0 == "0200" ? 0.05 : 0.15 })
    }
    let settings = CalibrationConfiguration(rareClassScaling: true)
    let found = fitted([member], truth, settings)
    #expect(found.scales.keys.sorted() == ["0200"] && found.scales["0200"] ?? 0 > 0.5 / 0.45)
    let all = OutOfFold([member], truth: truth, folds: folds(truth.count))
    let plain = Calibration.crossFitted(all, CalibrationConfiguration())
    let scaled = Calibration.crossFitted(all, settings)
    #expect(plain.level2.classes.last?.recall == 0 && scaled.level2.classes.last?.recall == 1)
    #expect(scaled.meanF1 == 1)
    // Where every video is right already, nothing is chosen.
    let perfect = truth.enumerated().map { id, own in
      prediction(id, categories.map { $0 == own ? 0.9 : 0.05 })
    }
    #expect(fitted([perfect], truth, settings).scales.isEmpty)
  }

  /// What is predicted for videos with neither text nor frames.
  private func mute(_ count: Int, _ probabilities: [Double]) -> [Prediction] {
    (0..<count).map { id in
      var prediction = prediction(id, probabilities)
      prediction.status = .prior
      return prediction
    }
  }

  @Test("Videos that the prior answers for are not fitted on; there may be nothing else")
  func priorNotFitted() {
    let (truth, good) = make(strength: 3, seed: 1)
    let (_, bad) = make(strength: 0, seed: 2)
    let settings = CalibrationConfiguration(temperature: true, memberWeights: true)
    let rare = mute(300, [0.98, 0.01, 0.01])
    let together = fitted([good + rare, bad + rare], truth + rare.map { _ in "0200" }, settings)
    #expect(together == fitted([good, bad], truth, settings))
    #expect(fitted([rare, rare], rare.map { _ in "0200" }, settings) == .none)
  }

  @Test("Videos that the prior answers for keep its answer where a calibration is scored, as in infer")
  func priorNotScored() {
    // As above, scaling lets the rare category win where it comes close, and the prior is as close.
    let truth = (0..<200).map { $0 % 21 == 0 ? "0200" : $0 % 4 == 1 ? "0101" : "0100" }
    let member = truth.enumerated().map { id, own in
      prediction(
        id,
        own == "0200" ? [0.5, 0.05, 0.45] : categories.map { $0 == own ? 0.8 : $0 == "0200" ? 0.05 : 0.15 })
    }
    let all = OutOfFold(
      [member + mute(40, [0.5, 0.05, 0.45])], truth: truth + (0..<40).map { _ in "0100" }, folds: folds(240))
    let scores = Calibration.crossFitted(all, CalibrationConfiguration(rareClassScaling: true))
    #expect(scores.level2.classes.first { $0.category == "0200" }?.recall == 1)
    #expect(scores.meanF1 == 1)
  }

  @Test("The estimate of a fold does not know the fold's own videos")
  func crossFitted() {
    // In one fold alone the rare category would win by any scale; the others are right as they are.
    let truth = (0..<100).map { $0 % 10 == 0 ? "0200" : $0 % 2 == 1 ? "0100" : "0101" }
    let members = truth.enumerated().map { id, own in
      own == "0200" && id % 5 == 0 && id < 60
        ? prediction(id, [0.5, 0.01, 0.49]) : prediction(id, categories.map { $0 == own ? 0.8 : 0.1 })
    }
    let folds = truth.indices.map { truth[$0] == "0200" && $0 < 60 ? 0 : 1 + $0 % 4 }
    let all = OutOfFold([members], truth: truth, folds: folds)
    let settings = CalibrationConfiguration(rareClassScaling: true)
    let flattering = Calibration(fitting: all, on: Array(truth.indices), settings)
    #expect(!flattering.scales.isEmpty)
    let honest = Calibration.crossFitted(all, settings)
    #expect(honest.level2.classes.first { $0.category == "0200" }?.recall ?? 1 < 0.5)
  }

  @Test("How rare a category is, a fold is told by the other folds' videos alone")
  func rarityOfOtherFolds() {
    // Fold 0 has 36 of the 40 videos of a category that is rare elsewhere and common with them.
    let truth =
      (0..<80).map { $0 % 2 == 0 ? "0100" : "0101" } + [String](repeating: "0200", count: 40)
    let member = truth.enumerated().map { id, own in
      prediction(id, own == "0200" ? [0.5, 0.05, 0.45] : categories.map { $0 == own ? 0.8 : 0.1 })
    }
    let folds = truth.indices.map { $0 < 84 ? 1 + $0 % 4 : 0 }
    let scores = Calibration.crossFitted(
      OutOfFold([member], truth: truth, folds: folds), CalibrationConfiguration(rareClassScaling: true))
    // Raised by a tenth from the 4 of the other folds; these see 39 of them, and raise nothing.
    #expect(scores.level2.classes.first { $0.category == "0200" }?.recall == 0.9)
  }
}

extension OutOfFold {
  /// - Parameter members: of each seed a line for each video.
  fileprivate init(_ members: [[Prediction]], truth: [String], folds: [Int]) {
    let categories = Categories(truth).level2
    let tables = members.map { predictions in
      var table = PredictionTable(categories: categories, count: predictions.count)
      for (video, prediction) in predictions.enumerated() {
        table.set(video, to: categories.map { prediction.probabilities[$0] ?? 0 }, status: prediction.status)
      }
      return table
    }
    self.init(tables, truth: truth, folds: folds)
  }
}
