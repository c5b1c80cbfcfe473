/// The factor that learning rates are multiplied by at each step: up from 0 over the warm-up, then linearly down to 0
/// at the horizon.
package struct Schedule: Sendable {
  package let warmUpSteps: Int
  /// Optimizer steps of the whole run, the warm-up included.
  package let totalSteps: Int

  package init(warmUpSteps: Int, totalSteps: Int) {
    self.warmUpSteps = min(warmUpSteps, totalSteps)
    self.totalSteps = totalSteps
  }

  /// - Parameter warmUp: the part of all steps that the warm-up takes, 0…1.
  package init(warmUp: Double, totalSteps: Int) {
    self.init(warmUpSteps: Int((warmUp * Double(totalSteps)).rounded()), totalSteps: totalSteps)
  }

  /// - Parameter step: 0 for the first update; from the horizon on the factor is 0.
  package func factor(at step: Int) -> Double {
    guard step < totalSteps else { return 0 }
    if step < warmUpSteps { return Double(step + 1) / Double(warmUpSteps) }
    return Double(totalSteps - step) / Double(totalSteps - warmUpSteps)
  }
}
