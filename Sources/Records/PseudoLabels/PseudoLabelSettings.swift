/// What becomes a pseudo-label of what teachers say, and what does not.
package struct PseudoLabelSettings: Codable, Sendable, Equatable {
  /// Whether a label is the most probable category alone, rather than the probabilities of all.
  package var hard = false
  /// T in `p^(1/T)`, normalised, of a label that is not hard: below 1 it becomes surer. What is chosen is chosen before.
  package var temperature = 1.0
  /// The least probability of the most probable category.
  package var threshold = 0.0
  /// The least probability of its first level.
  package var level1Threshold = 0.0
  /// The least part of the members (models, and the floor where it is one) that choose the category.
  package var agreement = 0.0
  /// Labels of a category at most, the surest; nil sets no bound.
  package var perCategory: Int?
  /// From which similarity of its text to that of a video held out on a video is left out; nil leaves none out.
  package var nearDuplicates: Double? = 0.8

  package init() {}

  enum CodingKeys: String, CodingKey {
    case hard, temperature, threshold
    case level1Threshold = "level1_threshold"
    case agreement
    case perCategory = "per_category"
    case nearDuplicates = "near_duplicates"
  }
}
