import Glibc

/// Weights of the categories in the loss, against unbalanced classes. Damping (γ of 0.2 to 0.5) helps in published
/// solutions, the raw inverse hurts.
enum ClassWeights {
  /// Their mean over the videos is 1; nil where nothing is weighed.
  /// - Parameter counts: videos of each category; one without any gets the weight of a single video.
  static func make(counts: [Int], _ weighting: ClassWeighting) -> [Float]? {
    let raw: [Double]
    switch weighting.scheme {
    case .none: return nil
    case .inverse: raw = counts.map { 1 / Double(max($0, 1)) }
    case .power: raw = counts.map { pow(Double(max($0, 1)), -weighting.exponent) }
    case .effective:
      raw = counts.map { (1 - weighting.beta) / (1 - pow(weighting.beta, Double(max($0, 1)))) }
    }
    let videos = counts.reduce(0, +)
    let mean = zip(raw, counts).reduce(0) { $0 + $1.0 * Double($1.1) } / Double(max(videos, 1))
    return raw.map { Float($0 / mean) }
  }
}
