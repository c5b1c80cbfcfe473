package import Metrics

/// What came of an epoch: its loss, and the scores of the weights that predict on the videos held out.
package struct EpochResult: Codable, Sendable, Equatable {
  package let fold: Int
  package let epoch: Int
  /// Mean over the epoch's steps.
  package let loss: Double
  /// Steps without a finite loss and gradient, which are not in the mean.
  package let skippedSteps: Int
  /// Held out, and scored; without any the scores are 0.
  package let videos: Int
  package let meanF1: Double
  package let level1MicroF1: Double
  package let level1MacroF1: Double
  package let level2MicroF1: Double
  package let level2MacroF1: Double

  enum CodingKeys: String, CodingKey {
    case fold, epoch, loss
    case skippedSteps = "skipped_steps"
    case videos
    case meanF1 = "mean_f1"
    case level1MicroF1 = "level1_micro_f1"
    case level1MacroF1 = "level1_macro_f1"
    case level2MicroF1 = "level2_micro_f1"
    case level2MacroF1 = "level2_macro_f1"
  }

  package init(fold: Int, epoch: Int, loss: Double, skippedSteps: Int, _ scores: Scores) {
    self.fold = fold
    self.epoch = epoch
    self.loss = loss
    self.skippedSteps = skippedSteps
    videos = scores.count
    meanF1 = scores.meanF1
    level1MicroF1 = scores.level1.microF1
    level1MacroF1 = scores.level1.macroF1
    level2MicroF1 = scores.level2.microF1
    level2MacroF1 = scores.level2.macroF1
  }
}
