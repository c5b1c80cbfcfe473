package import Dataset
import Foundation
import Records
import Storage

/// What is done to the mean probabilities of a run's models before a category is chosen, and how it is chosen; found on
/// predictions out of fold, kept as `calibration.json` with the run.
package struct Calibration: Codable, Sendable, Equatable {
  /// T in `p^(1/T)`, normalised: above 1 probabilities become less sure.
  package var temperature: Double
  /// What the probability of a category is then multiplied by; one that is not named keeps it.
  package var scales: [String: Double]
  /// The weight of each member (seed) in the mean, adding up to 1; nil where all count alike.
  package var memberWeights: [Double]?
  /// How much the floor counts; nil where it is no member.
  package var floorWeights: FloorWeights?
  /// Whether the category is the most probable one of the most probable first level, rather than of all.
  package var level1First = false

  /// The part of the floor in the mean of models and floor: in the probabilities of the first levels, and in those of the
  /// categories within each. The floor knows more of the one than of the other.
  package struct FloorWeights: Codable, Sendable, Equatable {
    package var level1: Double
    package var level2: Double

    package init(level1: Double, level2: Double) {
      self.level1 = level1
      self.level2 = level2
    }
  }

  package static let none = Calibration(temperature: 1)

  package init(
    temperature: Double, scales: [String: Double] = [:], memberWeights: [Double]? = nil,
    floorWeights: FloorWeights? = nil, level1First: Bool = false
  ) {
    self.temperature = temperature
    self.scales = scales
    self.memberWeights = memberWeights
    self.floorWeights = floorWeights
    self.level1First = level1First
  }

  enum CodingKeys: String, CodingKey {
    case temperature, scales
    case memberWeights = "member_weights"
    case floorWeights = "floor_weights"
    case level1First = "level1_first"
  }

  /// The models' probabilities with the floor's mixed in.
  func mixed(_ probabilities: [Double], floor: [Double], _ levels: FirstLevels) -> [Double] {
    guard let floorWeights else { return probabilities }
    return levels.mixed(probabilities, floor, floorWeights)
  }

  /// Temperature and scales.
  /// - Parameter categories: in the order of `probabilities`.
  package func apply(to probabilities: [Double], categories: [String]) -> [Double] {
    guard temperature != 1 || !scales.isEmpty else { return probabilities }
    let changed = zip(probabilities, categories).map { probability, category in
      pow(probability, 1 / temperature) * scales[category, default: 1]
    }
    let sum = changed.reduce(0, +)
    return sum > 0 ? changed.map { $0 / sum } : probabilities
  }

  /// The number of the category that is chosen, the first of several.
  func best(of probabilities: some Collection<Double>, _ levels: FirstLevels) -> Int {
    if level1First { return levels.best(of: probabilities) }
    var best: (place: Int, value: Double) = (0, -.infinity)
    for (place, value) in probabilities.enumerated() where value > best.value { best = (place, value) }
    return best.place
  }
}

extension FirstLevels {
  /// The probabilities of two sources, of which the second has these parts in what is said at each level.
  package func mixed(_ one: [Double], _ other: [Double], _ weights: Calibration.FloorWeights) -> [Double] {
    let (sums, otherSums) = (sums(of: one), sums(of: other))
    let level1 = zip(sums, otherSums).map { (1 - weights.level1) * $0 + weights.level1 * $1 }
    let level2 = one.indices.map { category in
      let parent = parents[category]
      func within(_ probability: Double, _ sum: Double) -> Double { sum > 0 ? probability / sum : 0 }
      return (1 - weights.level2) * within(one[category], sums[parent])
        + weights.level2 * within(other[category], otherSums[parent])
    }
    return combined(level1: level1, level2: level2)
  }
}

extension Calibration {
  /// Of a run; `none` where it has none.
  /// - Parameter members: how many seeds the run has.
  init(of run: RunFolder, members: Int) throws {
    guard Folder.exists(run.calibration) else {
      self = .none
      return
    }
    self = try JSONText.readSettings(Calibration.self, from: run.calibration)
    func damaged(_ problem: String) -> JSONError { .content(run.calibration, line: nil, problem: problem) }
    guard (0.01...100).contains(temperature) else {
      throw damaged("temperature is \(temperature), must be from 0.01 to 100")
    }
    if let (category, scale) = scales.first(where: { !($0.value >= 0 && $0.value.isFinite) }) {
      throw damaged("scales.\(category) is \(scale), must be 0 or more")
    }
    if let floorWeights {
      for (name, weight) in [("level1", floorWeights.level1), ("level2", floorWeights.level2)]
      where !(0...1).contains(weight) {
        throw damaged("floor_weights.\(name) is \(weight), must be from 0 to 1")
      }
    }
    guard let memberWeights else { return }
    guard memberWeights.count == members else {
      throw damaged(
        "member_weights are of \(memberWeights.count) seeds, and the run has \(members) by now: fit writes them anew when all "
          + "are finished")
    }
    guard memberWeights.allSatisfy({ $0 >= 0 }), abs(memberWeights.reduce(0, +) - 1) < 1e-3 else {
      throw damaged("member_weights do not add up to 1")
    }
  }
}
