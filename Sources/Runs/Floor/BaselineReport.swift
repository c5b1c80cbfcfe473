package import Baselines
package import Dataset
package import Metrics
package import Torch

/// What linear models reach out of fold, by what they look at.
package struct BaselineReport: Encodable, Sendable {
  package let videos: Int
  package let folds: Int
  package let rows: [Row]

  package struct Row: Encodable, Sendable {
    package let input: BaselineInput
    package let seconds: Double
    package let scores: Scores
  }

  /// Folds are drawn as `fit` draws them.
  /// - Parameter report: is told before each fold what is looked at.
  /// - Throws: `UnknownCategory`, `TooFewVideos`, `SeenVectors`, `CancellationError` once the task is cancelled.
  package init(
    of videos: BaselineVideos, folds: Int, foldSeed: UInt64, cores: Cores,
    report: (BaselineInput, _ fold: Int) throws -> Void
  ) throws {
    try videos.source?.requireUnseenVectors()
    let annotations = videos.annotations
    let categories = Categories(of: annotations)
    let labels = try categories.labels(of: annotations)
    guard annotations.count >= folds else { throw TooFewVideos(videos: annotations.count, folds: folds) }
    let places = Folds.stratified(
      ids: annotations.map(\.id), categories: labels, folds: folds, seed: foldSeed)
    let validation = try CrossValidation(of: videos, folds: places, cores: cores)
    let levels = FirstLevels(categories.level2)
    let clock = ContinuousClock()
    self.videos = annotations.count
    self.folds = folds
    rows = try videos.inputs.map { input in
      let start = clock.now
      let validation = CrossValidation(validation, seen: input)
      var chosen = annotations.map { _ in "" }
      for fold in 0..<folds {
        try Task.checkCancellation()
        try report(input, fold)
        for (video, answer) in try validation.answers(of: fold) {
          chosen[video] = categories.level2[levels.best(of: answer.probabilities)]
        }
      }
      return Row(
        input: input, seconds: (clock.now - start) / .seconds(1),
        scores: Scores(chosen, truth: annotations))
    }
  }
}
