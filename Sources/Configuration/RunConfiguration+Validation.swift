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
      folds >= 2, "folds", "is \(folds), must be at least 2: each fold is predicted by the others")
    backbone.check(&checks, at: "backbone.")
    textEncoder.bert(vocabularySize: 1, positions: text.sequenceLength).check(&checks, at: "text_encoder.")
    frames.check(&checks, at: "frames.")
    optimization.check(&checks, at: "training.")
    classification.check(&checks, at: "training.")
    return checks.problem
  }
}
