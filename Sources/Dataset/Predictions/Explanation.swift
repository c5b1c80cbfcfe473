/// What a prediction rests on: by how much each part of the video made its category more probable.
///
/// The values are exact Shapley values (Shapley, 1953): what a part adds, averaged over every order in which the parts could
/// be shown to the models. They add up to `probability` - `without`.
package struct Explanation: Codable, Sendable, Equatable, Identifiable {
  package enum Part: String, Codable, Sendable, CaseIterable {
    case title, speech
    case onScreenText = "on-screen-text"
    case frames
  }

  package struct Share: Codable, Sendable, Equatable {
    package let part: Part
    /// A difference of probabilities, below 0 where the part speaks for other categories.
    package let value: Double

    package init(part: Part, value: Double) {
      self.part = part
      self.value = value
    }
  }

  package var id: String
  /// The level-2 category that is predicted.
  package let category: String
  /// Of `category`, from all parts.
  package let probability: Double
  /// Of `category`, from none of them: how frequent it is.
  package let without: Double
  /// Of the parts that the video has and the models look at.
  package let shares: [Share]
  /// nil where there is nothing to see, and where nobody asked for it.
  package let evidence: Evidence?
  /// What the prediction was made from.
  package let status: PredictionStatus

  package init(
    id: String, category: String, probability: Double, without: Double, shares: [Share],
    evidence: Evidence?, status: PredictionStatus
  ) {
    self.id = id
    self.category = category
    self.probability = probability
    self.without = without
    self.shares = shares
    self.evidence = evidence
    self.status = status
  }

  enum CodingKeys: String, CodingKey {
    case id
    case category = "category_id"
    case probability, without, shares, evidence, status
  }
}
