import Dataset

/// From the mean of the models' probabilities for a video to what is predicted: the floor's answer mixed in, then
/// temperature and scales.
struct FinalProbabilities {
  let calibration: Calibration
  /// What the floor says of the video; nil where it is no member, or has nothing to say.
  let floor: [Double]?
  let levels: FirstLevels
  /// In the order of the probabilities.
  let categories: [String]

  func callAsFunction(_ mean: [Double]) -> [Double] {
    calibration.apply(to: mixed(mean), categories: categories)
  }

  private func mixed(_ mean: [Double]) -> [Double] {
    floor.map { calibration.mixed(mean, floor: $0, levels) } ?? mean
  }

  /// The gradient of what is predicted for `category` with respect to each of the mean probabilities, the floor's answer
  /// being what it is.
  func gradient(of category: Int, at mean: [Double]) -> [Double] {
    let mixed = mixed(mean)
    return mixing(gradient: calibrating(category, at: mixed), at: mean, mixed)
  }

  /// Of `p^(1/T) · scale`, normalised: `∂q_c / ∂p_j = (δ_cj - q_c) · q_j / (T · p_j)`.
  private func calibrating(_ category: Int, at probabilities: [Double]) -> [Double] {
    guard calibration.temperature != 1 || !calibration.scales.isEmpty else {
      return probabilities.indices.map { $0 == category ? 1 : 0 }
    }
    let calibrated = calibration.apply(to: probabilities, categories: categories)
    return probabilities.indices.map { place in
      // What has no probability has nothing to gain from a little less of none.
      guard probabilities[place] > 1e-30 else { return 0 }
      return ((place == category ? 1 : 0) - calibrated[category]) * calibrated[place]
        / (calibration.temperature * probabilities[place])
    }
  }

  /// Back through `P(first level) · P(category | first level)`, each of which holds a part of the models'.
  /// - Parameter gradient: with respect to each of `mixed`.
  private func mixing(gradient: [Double], at mean: [Double], _ mixed: [Double]) -> [Double] {
    guard floor != nil, let weights = calibration.floorWeights else { return gradient }
    let (sums, mixedSums) = (levels.sums(of: mean), levels.sums(of: mixed))
    let parents = levels.parents
    // With respect to each first level's probability, and to each category's within its first level.
    let level1 = levels.sums(
      of: mixed.indices.map { gradient[$0] * ratio(mixed[$0], mixedSums[parents[$0]]) })
    let within = mixed.indices.map { gradient[$0] * mixedSums[parents[$0]] }
    let weighted = levels.sums(of: mean.indices.map { within[$0] * ratio(mean[$0], sums[parents[$0]]) })
    return mean.indices.map { place in
      let parent = parents[place]
      return (1 - weights.level1) * level1[parent]
        + (1 - weights.level2) * ratio(within[place] - weighted[parent], sums[parent])
    }
  }

  private func ratio(_ value: Double, _ sum: Double) -> Double { sum > 1e-30 ? value / sum : 0 }
}
