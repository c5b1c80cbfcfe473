/// What is chosen on the predictions out of fold once all folds are finished, and done to probabilities by `infer`.
package struct CalibrationConfiguration: Codable, Sendable, Equatable {
  /// How sure the probabilities are.
  package var temperature = false
  /// By how much rare categories are raised.
  package var rareClassScaling = false
  /// How much each seed counts.
  package var memberWeights = false
  /// How much linear models on n-grams and stored vectors (the floor) count beside the mean, at each level.
  package var floor = false
  /// Nothing to choose: the category is then the most probable one of the most probable first level.
  package var level1First = false

  package init(
    temperature: Bool = false, rareClassScaling: Bool = false, memberWeights: Bool = false,
    floor: Bool = false, level1First: Bool = false
  ) {
    self.temperature = temperature
    self.rareClassScaling = rareClassScaling
    self.memberWeights = memberWeights
    self.floor = floor
    self.level1First = level1First
  }

  package var isAnythingChosen: Bool {
    temperature || rareClassScaling || memberWeights || floor || level1First
  }

  enum CodingKeys: String, CodingKey {
    case temperature
    case rareClassScaling = "rare_class_scaling"
    case memberWeights = "member_weights"
    case floor
    case level1First = "level1_first"
  }
}
