import Glibc

/// How often training meets each category, as far as the loss is concerned.
///
/// `Sampler` draws a category of n videos with probability n^s, and each of its videos counts w in the loss, so that
/// `n^s · w` of the loss is its own. Cross entropy over these is least where the softmax of what it sees gives
/// `n^s · w · p(video | category)`, normalised: this product, and not n, is the prior that logits take in. Adjusted by τ
/// times its logarithm they leave `(1 - τ)` of it: with τ of 1 the logits are those of categories that are all alike.
/// By log n a recipe that balances in another way already would raise the rare ones twice. Where sampling or weights
/// balance in full, the prior is flat and there is nothing to adjust.
///
/// Label smoothing and the focal factor bend this; they are not taken into account.
package enum LearntPrior {
  /// - Parameter counts: videos of each category; one without any counts as a single video.
  /// - Parameter samplingExponent: s; 1 shows each video once.
  /// - Parameter weights: of each category in the loss; nil where all are 1.
  /// - Returns: of each category, adding up to 1.
  static func make(counts: [Int], samplingExponent: Double, weights: [Float]?) -> [Double] {
    let raw = counts.enumerated().map { category, count in
      pow(Double(max(count, 1)), samplingExponent) * Double(weights?[category] ?? 1)
    }
    let sum = raw.reduce(0, +)
    return raw.map { $0 / sum }
  }

  /// - Parameter counts: videos of each category in the training part.
  /// - Parameter samplingExponent: s; 1 shows each video once.
  package static func make(
    _ settings: ClassificationConfiguration, counts: [Int], samplingExponent: Double
  ) -> [Double] {
    make(
      counts: counts, samplingExponent: samplingExponent,
      weights: ClassWeights.make(counts: counts, settings.classWeights))
  }

  /// What a model that was trained with an adjustment would say without one: p · prior^τ, normalised.
  ///
  /// Labels made of what it says are learnt by a student that may adjust, too: of balanced ones it would adjust what is
  /// adjusted already.
  /// - Parameter adjustment: τ; with 0 it is what the model says.
  package static func unadjusted(_ said: [Float], _ prior: [Double], by adjustment: Double) -> [Float] {
    guard adjustment > 0 else { return said }
    let raw = zip(said, prior).map { Double($0) * pow($1, adjustment) }
    let sum = raw.reduce(0, +)
    return sum > 0 ? raw.map { Float($0 / sum) } : said
  }
}
