import Glibc

/// The factor that learning rates are multiplied by at each step: up from 0 over the warm-up, then down to 0 at the
/// horizon, once or in several cycles.
package struct Schedule: Sendable {
  /// With r the part of a cycle that is left, 1…0.
  package enum Shape: Sendable, Equatable {
    /// `r`
    case linear
    /// `(1 - cos πr) / 2`
    case cosine
    /// `r^power`
    case polynomial(power: Double)
  }

  package let shape: Shape
  package let warmUpSteps: Int
  /// Optimizer steps of the whole run, the warm-up included.
  package let totalSteps: Int
  /// Number of falls from the peak, each of about the same length.
  package let cycles: Int

  package init(_ shape: Shape = .linear, warmUpSteps: Int, totalSteps: Int, cycles: Int = 1) {
    self.shape = shape
    self.warmUpSteps = min(warmUpSteps, totalSteps)
    self.totalSteps = totalSteps
    self.cycles = max(1, min(cycles, totalSteps - self.warmUpSteps))
  }

  /// - Parameter warmUp: the part of all steps that the warm-up takes, 0…1.
  package init(_ shape: Shape = .linear, warmUp: Double, totalSteps: Int, cycles: Int = 1) {
    self.init(
      shape, warmUpSteps: Int((warmUp * Double(totalSteps)).rounded()), totalSteps: totalSteps, cycles: cycles
    )
  }

  /// How many steps are done at the end of each cycle.
  package var cycleEnds: [Int] {
    (1...cycles).map { warmUpSteps + (totalSteps - warmUpSteps) * $0 / cycles }
  }

  /// - Parameter step: 0 for the first update; from the horizon on the factor is 0.
  package func factor(at step: Int) -> Double {
    guard step < totalSteps else { return 0 }
    if step < warmUpSteps { return Double(step + 1) / Double(warmUpSteps) }
    let bounds = [warmUpSteps] + cycleEnds
    let cycle = bounds.lastIndex { $0 <= step } ?? 0
    let left = Double(bounds[cycle + 1] - step) / Double(bounds[cycle + 1] - bounds[cycle])
    switch shape {
    case .linear: return left
    case .cosine: return (1 - cos(.pi * left)) / 2
    case .polynomial(let power): return pow(left, power)
    }
  }
}
