/// Which frame of a video was taken for a moment.
package enum ExtractionMode: String, Codable, Sendable, CaseIterable {
  /// The one that was on the screen.
  case exact
  /// The nearest keyframe, each at most once.
  case keyframes
}
