import Inference
import Storage
import Tasks
import Training

extension RunConfiguration: SavedConfiguration {
  package var problem: (key: String, reason: String)? {
    var checks = SettingChecks()
    checks.require(
      folds >= 2, CodingKeys.folds, "is \(folds), must be at least 2: each fold is predicted by the others")
    checkEncoder(&checks)
    checks.within(CodingKeys.training) {
      optimization.check(&$0)
      classification.check(&$0, modality)
    }
    checks.within(CodingKeys.pseudoLabels) { pseudoLabels.check(&$0) }
    checks.within(CodingKeys.consistency) { checkConsistency(&$0) }
    return checks.problem
  }

  private func checkConsistency(_ checks: inout SettingChecks) {
    typealias Key = ConsistencyConfiguration.CodingKeys
    consistency.check(&checks)
    guard consistency.method != .none else {
      return checks.within(Key.balanced) {
        $0.require(
          consistency.balanced.loss == 0, BalancedHead.CodingKeys.loss,
          "is \(consistency.balanced.loss) without consistency.method, which would teach that head")
      }
    }
    checks.require(
      pseudoLabels.use == .none, Key.method,
      "is \(consistency.method.rawValue), and pseudo_labels.use is \(pseudoLabels.use.rawValue): one of both")
    let weights = optimization.average.weights
    checks.require(
      consistency.teacher == .trained || weights == .ema, Key.teacher,
      "is average, and training.average.weights is \(weights.rawValue): with another than ema a teacher is trained"
    )
    let adjustment = classification.logitAdjustment
    checks.require(
      consistency.alignment != .labelled || adjustment == 0, Key.alignment,
      "is labelled, and training.logit_adjustment is \(adjustment): what is said would be brought back to the parts of the "
        + "categories that the other takes out of it")
  }

  /// Without a method nothing is learnt by consistency, whatever else is said of it.
  package func unused(besides preset: RunConfiguration) -> (key: String, reason: String)? {
    guard consistency.method == .none else { return nil }
    var usual = preset.consistency
    usual.method = .none
    var checks = SettingChecks()
    checks.within(CodingKeys.consistency) {
      $0.requireSame(
        consistency, as: usual, "without consistency.method, and nothing is learnt by consistency")
    }
    return checks.problem
  }

  /// The calibration is fitted on the predictions out of fold whenever the run is scored: no training depends on it.
  package func likened(to other: RunConfiguration, ofAnySeed: Bool) -> RunConfiguration {
    var likened = self
    likened.calibration = other.calibration
    if ofAnySeed { likened.seed = other.seed }
    return likened
  }
}
