import Glibc

/// Weights of the categories in the loss, against unbalanced classes: `count^-γ`, scaled so that their mean over the
/// videos is 1. Damping (γ of 0.2 to 0.5) helps in published solutions, the raw inverse (γ = 1) hurts.
enum ClassWeights {
  /// - Parameter counts: videos of each category; one without any gets the weight of a single video.
  static func damped(counts: [Int], exponent: Double) -> [Float] {
    let raw = counts.map { pow(Double(max($0, 1)), -exponent) }
    let videos = counts.reduce(0, +)
    let mean = zip(raw, counts).reduce(0) { $0 + $1.0 * Double($1.1) } / Double(max(videos, 1))
    return raw.map { Float($0 / mean) }
  }
}
