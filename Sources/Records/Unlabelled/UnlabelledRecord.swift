/// What a run's report says of the videos without categories that it was trained on by consistency.
package struct UnlabelledRecord: Codable, Sendable, Equatable {
  /// That at least one fold learnt from.
  package let videos: Int
  /// As the configuration calls it.
  package let method: String
  /// Whether the videos that are to be predicted are among them.
  package let transductive: Bool
  /// From which similarity on of a video's text to that of one that a fold holds out that fold did not learn from it; 0 left
  /// none out.
  package let nearDuplicates: Double

  package init(videos: Int, method: String, transductive: Bool, nearDuplicates: Double) {
    self.videos = videos
    self.method = method
    self.transductive = transductive
    self.nearDuplicates = nearDuplicates
  }

  enum CodingKeys: String, CodingKey {
    case videos, method, transductive
    case nearDuplicates = "near_duplicates"
  }

  /// For people, as a sentence.
  package var sentence: String {
    "Trained also on \(videos) videos without categories, by consistency (\(method)), each fold "
      + (nearDuplicates > 0 ? "without those" : "on all of them, also those")
      + " that nearly say what a video says that it holds out."
  }

  static let transductiveSentence =
    "Transductive: the videos that are to be predicted are among those without categories."

  /// What a score on predicted videos has to be told with; nil where there is nothing to tell.
  package var transductiveSentence: String? { transductive ? Self.transductiveSentence : nil }
}
