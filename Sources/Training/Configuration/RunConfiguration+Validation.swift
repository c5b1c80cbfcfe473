import Models
import Text

extension RunConfiguration {
  /// The first setting that no run can work with, and why.
  var problem: (key: String, reason: String)? {
    var checks = SettingChecks()
    checks.require(
      folds >= 2, "folds", "is \(folds), must be at least 2: each fold is predicted by the others")
    backbone.check(&checks, at: "backbone.")
    textEncoder.bert(vocabularySize: 1, positions: text.sequenceLength).check(&checks, at: "text_encoder.")
    frames.check(&checks, at: "frames.")
    training.check(&checks, at: "training.")
    return checks.problem
  }
}

extension TrainingConfiguration {
  fileprivate func check(_ checks: inout SettingChecks, at key: String) {
    checks.whole(key + "epochs", epochs, 1...1_000_000)
    checks.whole(key + "maximum_steps", maximumSteps, 0...Int(Int32.max))
    checks.whole(key + "batch_size", batchSize, 1...1_000_000)
    checks.part(key + "learning_rate.backbone", learningRate.backbone)
    checks.part(key + "learning_rate.fusion", learningRate.fusion)
    checks.part(key + "learning_rate.heads", learningRate.heads)
    checks.part(key + "weight_decay", weightDecay)
    checks.part(key + "warm_up", warmUp)
    checks.part(key + "label_smoothing", labelSmoothing)
    checks.number(key + "class_weight_exponent", classWeightExponent, 0...10)
    checks.number(key + "auxiliary_video_loss", auxiliaryVideoLoss, 0...100)
    checks.part(key + "average_decay", averageDecay)
    checks.number(key + "maximum_gradient_norm", maximumGradientNorm, 1e-6...1e6)
    checks.part(key + "head_dropout", headDropout)
    augmentation.check(&checks, at: key + "augmentation.")
  }
}
