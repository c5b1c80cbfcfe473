import Batching
package import Storage

extension OptimizationConfiguration {
  package func check(_ checks: inout SettingChecks) {
    checks.whole(CodingKeys.epochs, epochs, 1...1_000_000)
    checks.whole(CodingKeys.maximumSteps, maximumSteps, 0...Int(Int32.max))
    checks.whole(CodingKeys.batchSize, batchSize, 1...1_000_000)
    checks.whole(CodingKeys.accumulation, accumulation, 1...max(1, batchSize))
    checks.number(CodingKeys.samplingExponent, samplingExponent, 0...1)

    checks.within(CodingKeys.learningRate) { learningRate.check(&$0) }
    checks.number(CodingKeys.layerDecay, layerDecay, 0.01...1)
    checks.within(CodingKeys.unfreezing) { unfreezing.check(&$0) }
    checks.part(CodingKeys.warmUp, warmUp)
    checks.within(CodingKeys.schedule) { schedule.check(&$0) }
    checks.part(CodingKeys.weightDecay, weightDecay)
    checks.number(CodingKeys.maximumGradientNorm, maximumGradientNorm, 1e-6...1e6)
    checks.within(CodingKeys.average) { average.check(&$0) }
    checks.within(CodingKeys.augmentation) { augmentation.check(&$0) }
  }
}

extension OptimizationConfiguration.LearningRates {
  fileprivate func check(_ checks: inout SettingChecks) {
    checks.part(CodingKeys.backbone, backbone)
    checks.part(CodingKeys.embeddings, embeddings)
    checks.part(CodingKeys.fusion, fusion)
    checks.part(CodingKeys.heads, heads)
  }
}

extension Unfreezing {
  fileprivate func check(_ checks: inout SettingChecks) {
    checks.number(CodingKeys.start, start, 0...1)
    checks.number(CodingKeys.end, end, 0...1)
    checks.whole(CodingKeys.views, views, 0...1000)
    checks.require(
      views == 0 || isNever, CodingKeys.views,
      "is \(views), but the backbone learns: that is for a frozen one")
    checks.require(start <= end, CodingKeys.end, "is \(end), before the start at \(start)")
  }
}

extension ScheduleConfiguration {
  fileprivate func check(_ checks: inout SettingChecks) {
    checks.number(CodingKeys.power, power, 0.1...10)
    checks.whole(CodingKeys.cycles, cycles, 1...10_000)
  }
}

extension AverageConfiguration {
  fileprivate func check(_ checks: inout SettingChecks) {
    checks.part(CodingKeys.decay, decay)
    checks.whole(CodingKeys.snapshots, snapshots, 1...10_000)
  }
}
