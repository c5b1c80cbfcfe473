/// What is chosen on the predictions out of fold once all folds are finished, and done to probabilities by `infer`.
package struct CalibrationConfiguration: Codable, Sendable, Equatable {
  /// How sure the probabilities are.
  package var temperature = false
  /// By how much rare categories are raised.
  package var rareClassScaling = false
  /// How much each seed counts.
  package var memberWeights = false

  package init(temperature: Bool = false, rareClassScaling: Bool = false, memberWeights: Bool = false) {
    self.temperature = temperature
    self.rareClassScaling = rareClassScaling
    self.memberWeights = memberWeights
  }

  package var isAnythingChosen: Bool { temperature || rareClassScaling || memberWeights }

  enum CodingKeys: String, CodingKey {
    case temperature
    case rareClassScaling = "rare_class_scaling"
    case memberWeights = "member_weights"
  }
}
