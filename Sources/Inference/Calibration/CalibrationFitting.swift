package import Dataset
import Foundation
package import Metrics

/// Predictions out of fold with what they should have been: what a calibration is chosen on.
package struct OutOfFold {
  /// The categories in the order of the probabilities.
  let categories: [String]
  /// The true category of each video, as a number.
  package let labels: [Int]
  /// The fold that held each video out.
  let folds: [Int]
  /// The predictions of each member (seed).
  let members: [PredictionTable]
  /// Those of the floor; nil where it is no member.
  let floor: PredictionTable?
  let levels: FirstLevels
  /// Whether the prior answers for a video, of which there is nothing to see or to read: `infer` leaves it alone, and so
  /// it is neither fitted on nor scored otherwise.
  let isPrior: [Bool]

  /// - Parameter members: of each seed, all of the same videos in the same order.
  /// - Parameter floor: of linear models, of the same videos.
  /// - Parameter truth: the category of each video.
  package init(
    _ members: [PredictionTable], floor: PredictionTable? = nil, truth: [String], folds: [Int]
  ) {
    let categories = Categories(truth)
    precondition(
      (members + [floor].compactMap(\.self)).allSatisfy { $0.categories == categories.level2 },
      "predictions of other categories")
    self.floor = floor
    levels = FirstLevels(categories.level2)
    self.categories = categories.level2
    self.folds = folds
    self.members = members
    labels = truth.compactMap(categories.index)
    isPrior = folds.indices.map { video in members.contains { $0.statuses[video] == .prior } }
  }

  /// How many of some videos each category has, `[categories]`.
  func counts(of videos: [Int]) -> [Int] {
    videos.reduce(into: [Int](repeating: 0, count: categories.count)) { $0[labels[$1]] += 1 }
  }

  /// The mean over the members for one video, `[categories]`.
  func mean(_ weights: [Double]?, of video: Int) -> [Double] {
    let weights = weights ?? members.map { _ in 1 / Double(members.count) }
    var mean = [Double](repeating: 0, count: categories.count)
    for (weight, member) in zip(weights, members) {
      for category in mean.indices { mean[category] += weight * Double(member[video, category]) }
    }
    return mean
  }

  /// What the floor says of a video; nil where it is no member, and where it sees nothing of the video.
  func floor(of video: Int) -> [Double]? {
    guard let floor, floor.statuses[video] != .prior else { return nil }
    return floor[video].map(Double.init)
  }

  /// The members' mean for one video with the floor's part in it, `[categories]`.
  func mean(_ calibration: Calibration, of video: Int) -> [Double] {
    let mean = mean(calibration.memberWeights, of: video)
    return floor(of: video).map { calibration.mixed(mean, floor: $0, levels) } ?? mean
  }
}

extension Calibration {
  /// Finds what `settings` ask for on some of the videos, but for those that the prior answers for: first the members'
  /// weights, then the floor's, then the temperature of their mean, then the scales of rare categories. How rare a category is, is counted
  /// among all of `videos`, and nowhere else.
  ///
  /// Rows are computed anew wherever they are needed: in 64 bits those of a million videos do not fit into memory.
  package init(fitting all: OutOfFold, on videos: [Int], _ settings: CalibrationConfiguration) {
    self = .none
    level1First = settings.level1First
    let counts = all.counts(of: videos)
    let videos = videos.filter { !all.isPrior[$0] }
    guard !videos.isEmpty else { return }
    if settings.memberWeights, all.members.count > 1 { memberWeights = Self.weights(all, on: videos) }
    if settings.floor, all.floor != nil { floorWeights = weightsOfFloor(all, on: videos) }
    if settings.temperature { temperature = temperature(all, on: videos) }
    if settings.rareClassScaling { scales = scales(all, on: videos, counts) }
  }

  /// Weights of a mixture that make the truth most likely (expectation-maximisation): the likelihood has one maximum.
  private static func weights(_ all: OutOfFold, on videos: [Int]) -> [Double] {
    let count = all.members.count
    // What each member says of the truth, [videos, members].
    let likelihoods = videos.flatMap { video in all.members.map { Double($0[video, all.labels[video]]) } }
    var weights = [Double](repeating: 1 / Double(count), count: count)
    for _ in 0..<200 {
      var sums = [Double](repeating: 0, count: count)
      for start in stride(from: 0, to: likelihoods.count, by: count) {
        let shares = (0..<count).map { weights[$0] * (likelihoods[start + $0] + 1e-9) }
        let whole = shares.reduce(0, +)
        for (member, share) in shares.enumerated() { sums[member] += share / whole }
      }
      weights = sums.map { $0 / Double(videos.count) }
    }
    return weights
  }

  /// The T that makes the truth most likely, between 1/8 and 8 (golden section over log T).
  private func temperature(_ all: OutOfFold, on videos: [Int]) -> Double {
    func loss(_ logT: Double) -> Double {
      let inverse = exp(-logT)
      return videos.reduce(0) { sum, video in
        let logarithms = all.mean(self, of: video).map { log($0 + 1e-12) }
        let most = (logarithms.max() ?? 0) * inverse
        let whole = logarithms.reduce(0) { $0 + exp($1 * inverse - most) }
        return sum + log(whole) + most - logarithms[all.labels[video]] * inverse
      }
    }
    let golden = (5.0.squareRoot() - 1) / 2
    var (low, high) = (-log(8.0), log(8.0))
    var (left, right) = (high - golden * (high - low), low + golden * (high - low))
    var (lossLeft, lossRight) = (loss(left), loss(right))
    for _ in 0..<40 {  // one of the two points is a point of the next interval, too
      if lossLeft < lossRight {
        (high, right, lossRight) = (right, left, lossLeft)
        left = high - golden * (high - low)
        lossLeft = loss(left)
      } else {
        (low, left, lossLeft) = (left, right, lossRight)
        right = low + golden * (high - low)
        lossRight = loss(right)
      }
    }
    return exp((low + high) / 2)
  }

  /// `max(1, median / count)^ρ` with the ρ of 0, 0.05 … 1 that has the best official metric, the smallest of several.
  /// One number is chosen rather than one for each category, of which the rare ones have a few videos to choose by.
  /// - Parameter counts: how many videos each category has to learn from.
  private func scales(_ all: OutOfFold, on videos: [Int], _ counts: [Int]) -> [String: Double] {
    let median = Double(counts.sorted()[counts.count / 2])
    let candidates = (0...20).map { step in
      counts.map { pow(max(1, median / Double(max($0, 1))), Double(step) * 0.05) }
    }
    // What each candidate chooses, [candidates][videos].
    var chosen = candidates.map { _ in [Int](repeating: 0, count: videos.count) }
    for (place, video) in videos.enumerated() {
      let row = apply(to: all.mean(self, of: video), categories: all.categories)
      for (candidate, scales) in candidates.enumerated() {
        chosen[candidate][place] = best(of: zip(row, scales).map { $0 * $1 }, all.levels)
      }
    }
    let scales = candidates[all.best(of: chosen, on: videos)]
    return Dictionary(uniqueKeysWithValues: zip(all.categories, scales).filter { $0.1 > 1 })
  }

  /// Those of 0, 0.05 … 1 with the best official metric, the smallest of several: first that of the first levels, the
  /// categories within each being the members', then that of these. By likelihood the floor would get the weight of
  /// what is least sure of itself.
  private func weightsOfFloor(_ all: OutOfFold, on videos: [Int]) -> FloorWeights {
    let steps = (0...20).map { Double($0) * 0.05 }
    var weights = FloorWeights(level1: 0, level2: 0)
    for level in [\FloorWeights.level1, \.level2] {
      let candidates = steps.map { step in
        var candidate = weights
        candidate[keyPath: level] = step
        return candidate
      }
      var chosen = candidates.map { _ in [Int](repeating: 0, count: videos.count) }
      for (place, video) in videos.enumerated() {
        let mean = all.mean(memberWeights, of: video)
        let floor = all.floor(of: video)
        for (number, candidate) in candidates.enumerated() {
          let mixed = floor.map { all.levels.mixed(mean, $0, candidate) } ?? mean
          chosen[number][place] = best(of: mixed, all.levels)
        }
      }
      weights = candidates[all.best(of: chosen, on: videos)]
    }
    return weights
  }

  /// The scores of predictions that are calibrated by what was found on the other folds: an estimate that does not
  /// flatter itself.
  package static func crossFitted(_ all: OutOfFold, _ settings: CalibrationConfiguration) -> Scores {
    var chosen = all.labels
    for fold in Set(all.folds).sorted() {
      let calibration = Calibration(
        fitting: all, on: all.folds.indices.filter { all.folds[$0] != fold }, settings)
      for video in all.folds.indices where all.folds[video] == fold {
        chosen[video] =
          all.isPrior[video]
          ? Calibration.none.best(of: all.mean(nil, of: video), all.levels)
          : calibration.best(
            of: calibration.apply(to: all.mean(calibration, of: video), categories: all.categories),
            all.levels)
      }
    }
    let counts = all.counts(of: Array(all.labels.indices))
    return Scores(
      truth: all.labels.map { all.categories[$0] }, predicted: chosen.map { all.categories[$0] },
      trainingCounts: Dictionary(uniqueKeysWithValues: zip(all.categories, counts)))
  }
}

extension OutOfFold {
  /// - Parameter chosen: of each candidate the categories of some videos.
  /// - Returns: the candidate with the best official metric, the first of several.
  fileprivate func best(of chosen: [[Int]], on videos: [Int]) -> Int {
    let metric = NumberedScores(classes: categories)
    let truth = videos.map { labels[$0] }
    var best = (candidate: 0, score: -1.0)
    for (candidate, predicted) in chosen.enumerated() {
      let score = metric.scores(truth: truth, predicted: predicted).meanF1
      if score > best.score { best = (candidate, score) }
    }
    return best.candidate
  }
}
