package import Dataset
import Foundation
package import Metrics

/// Predictions out of fold with what they should have been: what a calibration is chosen on.
package struct OutOfFold {
  /// The categories in the order of the probabilities.
  let categories: [String]
  /// Videos of each category in training.
  let counts: [Int]
  /// The true category of each video, as a number.
  package let labels: [Int]
  /// The fold that held each video out.
  let folds: [Int]
  /// Of each member (seed) the probabilities of each video.
  let members: [[[Double]]]
  /// Whether the prior answers for a video, of which there is nothing to see or to read: `infer` leaves it alone, and so
  /// it is neither fitted on nor scored otherwise.
  let isPrior: [Bool]

  /// - Parameter members: of each seed, all of the same videos in the same order.
  /// - Parameter truth: the category of each video.
  package init(_ members: [[Prediction]], truth: [String], folds: [Int]) {
    let categories = Categories(truth)
    self.categories = categories.level2
    self.folds = folds
    labels = truth.compactMap(categories.index)
    counts = categories.counts(of: labels)
    self.members = members.map { predictions in
      predictions.map { prediction in
        categories.level2.map { Double(prediction.probabilities[$0, default: 0]) }
      }
    }
    isPrior = folds.indices.map { video in members.contains { $0[video].status == .prior } }
  }

  /// The mean over the members, `[videos][categories]`.
  func mean(_ weights: [Double]?, of videos: [Int]) -> [[Double]] {
    let weights = weights ?? members.map { _ in 1 / Double(members.count) }
    return videos.map { video in
      categories.indices.map { category in
        zip(weights, members).reduce(0) { $0 + $1.0 * $1.1[video][category] }
      }
    }
  }
}

extension Calibration {
  /// Finds what `settings` ask for on some of the videos, but for those that the prior answers for: first the members'
  /// weights, then the temperature of their mean, then the scales of rare categories.
  package init(fitting all: OutOfFold, on videos: [Int], _ settings: CalibrationConfiguration) {
    self = .none
    let videos = videos.filter { !all.isPrior[$0] }
    guard !videos.isEmpty else { return }
    let labels = videos.map { all.labels[$0] }
    if settings.memberWeights, all.members.count > 1 {
      memberWeights = Self.weights(
        zip(videos, labels).map { video, label in all.members.map { $0[video][label] } })
    }
    let mean = all.mean(memberWeights, of: videos)
    if settings.temperature { temperature = Self.temperature(of: mean, labels: labels) }
    if settings.rareClassScaling {
      let tempered = mean.map { apply(to: $0, categories: all.categories) }
      scales = Self.scales(for: tempered, labels: labels, all)
    }
  }

  /// Weights of a mixture that make the truth most likely (expectation-maximisation): the likelihood has one maximum.
  /// - Parameter likelihoods: of each video what each member says of the truth.
  private static func weights(_ likelihoods: [[Double]]) -> [Double]? {
    guard let first = likelihoods.first else { return nil }
    var weights = first.map { _ in 1 / Double(first.count) }
    for _ in 0..<200 {
      var sums = first.map { _ in 0.0 }
      for each in likelihoods {
        let shares = zip(weights, each).map { $0 * ($1 + 1e-9) }
        let whole = shares.reduce(0, +)
        for (member, share) in shares.enumerated() { sums[member] += share / whole }
      }
      weights = sums.map { $0 / Double(likelihoods.count) }
    }
    return weights
  }

  /// The T that makes the truth most likely, between 1/8 and 8 (golden section over log T).
  private static func temperature(of probabilities: [[Double]], labels: [Int]) -> Double {
    let logarithms = probabilities.map { $0.map { log($0 + 1e-12) } }
    func loss(_ logT: Double) -> Double {
      let inverse = exp(-logT)
      return zip(logarithms, labels).reduce(0) { sum, video in
        let most = (video.0.max() ?? 0) * inverse
        let whole = video.0.reduce(0) { $0 + exp($1 * inverse - most) }
        return sum + log(whole) + most - video.0[video.1] * inverse
      }
    }
    let golden = (5.0.squareRoot() - 1) / 2
    var (low, high) = (-log(8.0), log(8.0))
    for _ in 0..<40 {
      let (left, right) = (high - golden * (high - low), low + golden * (high - low))
      if loss(left) < loss(right) { high = right } else { low = left }
    }
    return exp((low + high) / 2)
  }

  /// `max(1, median / count)^ρ` with the ρ of 0, 0.05 … 1 that has the best official metric, the smallest of several.
  /// One number is chosen rather than one for each category, of which the rare ones have a few videos to choose by.
  private static func scales(
    for probabilities: [[Double]], labels: [Int], _ all: OutOfFold
  ) -> [String: Double] {
    let median = Double(all.counts.sorted()[all.counts.count / 2])
    func scales(_ exponent: Double) -> [Double] {
      all.counts.map { pow(max(1, median / Double(max($0, 1))), exponent) }
    }
    let metric = NumberedScores(classes: all.categories)
    var best = (score: -1.0, scales: [Double]())
    for step in 0...20 {
      let scales = scales(Double(step) * 0.05)
      let chosen = probabilities.map { video in video.indices.largest { video[$0] * scales[$0] } }
      let score = metric.scores(truth: labels, predicted: chosen).meanF1
      if score > best.score { best = (score, scales) }
    }
    return Dictionary(
      uniqueKeysWithValues: zip(all.categories, best.scales).filter { $0.1 > 1 })
  }

  /// The scores of predictions that are calibrated by what was found on the other folds: an estimate that does not
  /// flatter itself.
  package static func crossFitted(_ all: OutOfFold, _ settings: CalibrationConfiguration) -> Scores {
    var chosen = all.labels
    for fold in Set(all.folds).sorted() {
      let calibration = Calibration(
        fitting: all, on: all.folds.indices.filter { all.folds[$0] != fold }, settings)
      let own = all.folds.indices.filter { all.folds[$0] == fold }
      for (video, mean) in zip(own, all.mean(calibration.memberWeights, of: own)) {
        let probabilities =
          all.isPrior[video] ? mean : calibration.apply(to: mean, categories: all.categories)
        chosen[video] = probabilities.indices.largest { probabilities[$0] }
      }
    }
    return Scores(
      truth: all.labels.map { all.categories[$0] }, predicted: chosen.map { all.categories[$0] },
      trainingCounts: Dictionary(uniqueKeysWithValues: zip(all.categories, all.counts)))
  }
}

extension Range<Int> {
  /// The number with the largest value, the first of several; 0 where there is none.
  fileprivate func largest(_ value: (Int) -> Double) -> Int {
    var best = (place: 0, value: -Double.infinity)
    for place in self {
      let value = value(place)
      if value > best.value { best = (place, value) }
    }
    return best.place
  }
}
