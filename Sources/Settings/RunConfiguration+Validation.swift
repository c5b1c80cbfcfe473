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
