/// What a run's report says of the pseudo-labels that it was trained on.
package struct PseudoLabelRecord: Codable, Sendable, Equatable {
  /// Videos with a label for one of the folds at least.
  package let videos: Int
  /// How they were trained on, as the configuration calls it.
  package let use: String
  /// The runs whose models made the labels.
  package let teachers: [String]
  /// Whether linear models on the texts did.
  package let floor: Bool
  package let round: Int
  /// Whether the videos that are to be predicted are among them, without their categories.
  package let transductive: Bool

  package init(
    videos: Int, use: String, teachers: [String], floor: Bool, round: Int, transductive: Bool
  ) {
    self.videos = videos
    self.use = use
    self.teachers = teachers
    self.floor = floor
    self.round = round
    self.transductive = transductive
  }

  /// For people, as a sentence.
  package var sentence: String {
    let names = teachers + (floor ? ["linear models on the texts"] : [])
    return "Trained also on \(videos) videos without categories, by pseudo-labels (\(use)) of "
      + "\(names.joined(separator: " and ")), each fold by teachers that never saw the videos that it holds out; "
      + "round \(round)."
  }

  /// What a score on predicted videos has to be told with; nil where there is nothing to tell.
  package var transductiveSentence: String? { transductive ? UnlabelledRecord.transductiveSentence : nil }
}
