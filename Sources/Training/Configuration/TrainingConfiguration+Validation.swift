extension TrainingConfiguration {
  /// - Parameter key: where these settings stand, with a dot at the end.
  func check(_ checks: inout SettingChecks, at key: String) {
    checks.whole(key + "epochs", epochs, 1...1_000_000)
    checks.whole(key + "maximum_steps", maximumSteps, 0...Int(Int32.max))
    checks.whole(key + "batch_size", batchSize, 1...1_000_000)
    checks.whole(key + "accumulation", accumulation, 1...max(1, batchSize))
    checks.number(key + "sampling_exponent", samplingExponent, 0...1)

    checks.part(key + "learning_rate.backbone", learningRate.backbone)
    checks.part(key + "learning_rate.embeddings", learningRate.embeddings)
    checks.part(key + "learning_rate.fusion", learningRate.fusion)
    checks.part(key + "learning_rate.heads", learningRate.heads)
    checks.number(key + "layer_decay", layerDecay, 0.01...1)
    checks.number(key + "unfreezing.start", unfreezing.start, 0...1)
    checks.number(key + "unfreezing.end", unfreezing.end, 0...1)
    checks.require(
      unfreezing.start <= unfreezing.end, key + "unfreezing.end",
      "is \(unfreezing.end), before the start at \(unfreezing.start)")
    checks.part(key + "warm_up", warmUp)
    checks.number(key + "schedule.power", schedule.power, 0.1...10)
    checks.whole(key + "schedule.cycles", schedule.cycles, 1...10_000)
    checks.part(key + "weight_decay", weightDecay)
    checks.number(key + "maximum_gradient_norm", maximumGradientNorm, 1e-6...1e6)
    checks.part(key + "average.decay", average.decay)
    checks.whole(key + "average.snapshots", average.snapshots, 1...10_000)

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
    augmentation.check(&checks, at: key + "augmentation.")
  }
}
