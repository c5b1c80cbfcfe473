/// How much an exponential moving average keeps of itself, with the start's bias corrected.
package enum RunningMean {
  /// `min(decay, (1 + n) / (10 + n))` at the n-th update, so that what it began with is soon forgotten.
  package static func kept(_ decay: Double, at update: Int) -> Double {
    min(decay, Double(1 + update) / Double(10 + update))
  }
}
