/// What a file of pseudo-labels holds, and what was left out of it, for people and as JSON.
package struct PseudoLabelSummary: Codable, Sendable, Equatable {
  /// Unlabelled videos.
  package let videos: Int
  package let categories: Int
  package let round: Int
  package let transductive: Bool
  package internal(set) var parts: [Part] = []

  package struct Part: Codable, Sendable, Equatable {
    /// nil for the model of all videos.
    package let fold: Int?
    package let labels: Int
    /// The mean of the probabilities of what the labels say.
    package let meanProbability: Double
    /// Labels by the category that they say, those that none says left out.
    package let perCategory: [String: Int]
    package let excluded: Excluded

    enum CodingKeys: String, CodingKey {
      case fold, labels
      case meanProbability = "mean_probability"
      case perCategory = "per_category"
      case excluded
    }
  }

  /// Videos without a label, by the first reason that there is.
  package struct Excluded: Codable, Sendable, Equatable {
    /// Their text is nearly that of a video that the fold holds out.
    package var nearDuplicates = 0
    /// Teachers see nothing of them.
    package var unseen = 0
    /// Teachers agree too little.
    package var disputed = 0
    /// The probability is too small.
    package var unsure = 0
    /// Their category has enough that are surer.
    package var beyondQuota = 0

    enum CodingKeys: String, CodingKey {
      case nearDuplicates = "near_duplicates"
      case unseen, disputed, unsure
      case beyondQuota = "beyond_quota"
    }

    /// What there is to tell, `12 unsure`.
    package var text: String {
      let counts = [
        (nearDuplicates, "near-duplicates"), (unseen, "unseen"), (disputed, "disputed"), (unsure, "unsure"),
        (beyondQuota, "beyond the quota"),
      ]
      return counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    }
  }
}
