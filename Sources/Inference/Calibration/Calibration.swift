import Foundation
import Records
import Storage

/// What is done to the mean probabilities of a run's models before the best category is chosen; found on predictions
/// out of fold, kept as `calibration.json` with the run.
package struct Calibration: Codable, Sendable, Equatable {
  /// T in `p^(1/T)`, normalised: above 1 probabilities become less sure.
  package var temperature: Double
  /// What the probability of a category is then multiplied by; one that is not named keeps it.
  package var scales: [String: Double]
  /// The weight of each member (seed) in the mean, adding up to 1; nil where all count alike.
  package var memberWeights: [Double]?

  package static let none = Calibration(temperature: 1, scales: [:], memberWeights: nil)

  enum CodingKeys: String, CodingKey {
    case temperature, scales
    case memberWeights = "member_weights"
  }

  /// - Parameter categories: in the order of `probabilities`.
  func apply(to probabilities: [Double], categories: [String]) -> [Double] {
    guard temperature != 1 || !scales.isEmpty else { return probabilities }
    let changed = zip(probabilities, categories).map { probability, category in
      pow(probability, 1 / temperature) * scales[category, default: 1]
    }
    let sum = changed.reduce(0, +)
    return sum > 0 ? changed.map { $0 / sum } : probabilities
  }
}

extension Calibration {
  func apply(to sample: PredictedSample, categories: [String]) -> PredictedSample {
    guard self != .none else { return sample }
    let changed = apply(to: sample.probabilities.map(Double.init), categories: categories)
    return PredictedSample(
      index: sample.index, probabilities: changed.map(Float.init), status: sample.status)
  }

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
    guard let memberWeights else { return }
    guard memberWeights.count == members else {
      throw damaged("member_weights has \(memberWeights.count) numbers, the run has \(members) seeds")
    }
    guard memberWeights.allSatisfy({ $0 >= 0 }), abs(memberWeights.reduce(0, +) - 1) < 1e-3 else {
      throw damaged("member_weights do not add up to 1")
    }
  }
}
