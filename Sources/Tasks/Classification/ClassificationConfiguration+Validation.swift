package import Storage

extension ClassificationConfiguration {
  /// - Parameter key: where these settings stand, with a dot at the end.
  package func check(_ checks: inout SettingChecks, at key: String) {
    checks.number(key + "class_weights.exponent", classWeights.exponent, 0...10)
    checks.part(key + "class_weights.beta", classWeights.beta)
    checks.part(key + "label_smoothing", labelSmoothing)
    checks.number(key + "focal_gamma", focalGamma, 0...10)
    checks.number(key + "logit_adjustment", logitAdjustment, 0...10)
    checks.number(key + "level1_loss", level1Loss, 0...100)
    checks.number(key + "auxiliary_video_loss", auxiliaryVideoLoss, 0...100)
    checks.number(key + "auxiliary_text_loss", auxiliaryTextLoss, 0...100)

    checks.part(key + "head_dropout", headDropout)
    checks.whole(key + "dropout_samples", dropoutSamples, 1...1000)
    checks.number(key + "r_drop", rDrop, 0...100)
    checks.number(key + "adversary.epsilon", adversary.epsilon, 1e-6...1e6)
    checks.number(key + "adversary.alpha", adversary.alpha, 1e-6...1e6)
    checks.whole(key + "adversary.steps", adversary.steps, 1...100)
  }
}
