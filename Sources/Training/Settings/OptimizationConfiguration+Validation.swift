import Batching
package import Storage

extension OptimizationConfiguration {
  /// - Parameter key: where these settings stand, with a dot at the end.
  package func check(_ checks: inout SettingChecks, at key: String) {
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
    augmentation.check(&checks, at: key + "augmentation.")
  }
}
