/// What the weights that predict say of the videos held out: numbers by the names that their task gives them.
package struct EpochScores: Sendable, Equatable {
  /// Held out, and judged.
  package let videos: Int
  /// Such as `mean_f1`. Every one is finite.
  package let values: [String: Double]
  /// The name of the one that chooses the best epoch: the more the better.
  package let chosenBy: String

  package init(videos: Int, _ values: [String: Double], chosenBy: String) {
    self.videos = videos
    self.values = values
    self.chosenBy = chosenBy
  }

  /// The number that chooses the best epoch; 0 where it is not among them.
  package var chosen: Double { values[chosenBy] ?? 0 }
}
