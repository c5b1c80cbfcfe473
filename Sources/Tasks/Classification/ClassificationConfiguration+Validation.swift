package import Storage

extension ClassificationConfiguration {
  package func check(_ checks: inout SettingChecks) {
    checks.within(CodingKeys.classWeights) { classWeights.check(&$0) }
    checks.part(CodingKeys.labelSmoothing, labelSmoothing)
    checks.number(CodingKeys.focalGamma, focalGamma, 0...10)
    checks.number(CodingKeys.logitAdjustment, logitAdjustment, 0...10)
    checks.number(CodingKeys.level1Loss, level1Loss, 0...100)
    checks.within(CodingKeys.twoQuestions) {
      $0.number(TwoQuestionsConfiguration.CodingKeys.loss, twoQuestions.loss, 0...100)
      $0.number(TwoQuestionsConfiguration.CodingKeys.weight, twoQuestions.weight, 0...1)
    }
    checks.number(CodingKeys.auxiliaryVideoLoss, auxiliaryVideoLoss, 0...100)
    checks.number(CodingKeys.auxiliaryTextLoss, auxiliaryTextLoss, 0...100)

    checks.part(CodingKeys.headDropout, headDropout)
    checks.whole(CodingKeys.dropoutSamples, dropoutSamples, 1...1000)
    checks.number(CodingKeys.rDrop, rDrop, 0...100)
    checks.within(CodingKeys.adversary) { adversary.check(&$0) }
  }
}

extension ClassWeighting {
  fileprivate func check(_ checks: inout SettingChecks) {
    checks.number(CodingKeys.exponent, exponent, 0...10)
    checks.part(CodingKeys.beta, beta)
  }
}

extension AdversaryConfiguration {
  fileprivate func check(_ checks: inout SettingChecks) {
    checks.number(CodingKeys.epsilon, epsilon, 1e-6...1e6)
    checks.number(CodingKeys.alpha, alpha, 1e-6...1e6)
    checks.whole(CodingKeys.steps, steps, 1...100)
  }
}
