/// What a video is to be taken for, or what is to be found out about it.
package enum Target: Sendable, Equatable {
  /// The number of its category.
  case category(Int)
  /// The probability of each category, and how much the video counts beside others.
  case distribution([Float], weight: Float)
  /// Not known: what a teacher takes it for, when the video is shown.
  case unlabelled
  /// What pre-training asks.
  case pretext(Pretext)
}
