import Batching
import Inference
import Models
import Storage
import Tasks
import Text
import Training

extension RunConfiguration {
  /// The first setting that no run can work with, and why.
  var problem: (key: String, reason: String)? {
    var checks = SettingChecks()
    checks.require(
      folds >= 2, CodingKeys.folds, "is \(folds), must be at least 2: each fold is predicted by the others")
    checks.within(CodingKeys.backbone) { backbone.check(&$0) }
    checks.within(CodingKeys.textEncoder) {
      textEncoder.bert(vocabularySize: 1, positions: text.sequenceLength).check(&$0)
    }
    checks.within(CodingKeys.frames) {
      $0.whole(FrameSettings.CodingKeys.maximumFrames, maximumFrames, 1...4096)
    }
    checks.within(CodingKeys.training) {
      optimization.check(&$0)
      classification.check(&$0)
    }
    return checks.problem
  }
}
