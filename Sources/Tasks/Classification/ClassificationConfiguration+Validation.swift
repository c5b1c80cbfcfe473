package import Batching
import Models
package import Storage

extension ClassificationConfiguration {
  /// - Parameter modality: what the model reads.
  package func check(_ checks: inout SettingChecks, _ modality: Modality) {
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

    checks.require(
      !pooling.isEmpty && Set(pooling).count == pooling.count, CodingKeys.pooling,
      "must name at least one vector, and none twice")
    // Means of a part that the model does not read are zeros, which the presets leave in.
    for pooling in pooling where !Pooling.means.contains(pooling) {
      checks.require(
        pooling.isOfText ? modality.hasText : modality.hasFrames, CodingKeys.pooling,
        "has \(pooling.rawValue), and modality is \(modality.rawValue)")
    }
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
