/// What the probabilities of predictions are worth: whether of those that are 80 % sure 80 % are right, and how many of the
/// surest can be trusted.
package struct Sureness: Sendable {
  /// Predictions whose probability lies in one tenth.
  package struct Tenth: Sendable, Equatable {
    package let count: Int
    /// The mean of their probabilities; nil where there are none.
    package let confidence: Double?
    /// The share that are right; nil where there are none.
    package let accuracy: Double?
  }

  /// The surest videos up to some probability.
  package struct Coverage: Sendable, Equatable {
    /// Their share of all videos.
    package let share: Double
    /// The share of them that are right.
    package let accuracy: Double
  }

  /// From 0…0.1 to 0.9…1.
  package let tenths: [Tenth]
  /// The mean distance between probability and share of right ones over the tenths, each weighted by its videos (ECE; Guo
  /// et al., 2017).
  package let calibrationError: Double
  /// From the surest videos alone to all of them. Videos of the same probability come together: nothing tells which is
  /// to be asked about.
  package let coverage: [Coverage]

  /// - Parameters:
  ///   - confidences: of each video the probability of the category that was predicted, 0…1.
  ///   - isRight: whether it was.
  package init(confidences: [Float], isRight: [Bool]) {
    precondition(confidences.count == isRight.count, "\(confidences.count) and \(isRight.count) videos")
    var counts = [Int](repeating: 0, count: 10)
    var (sums, rights) = ([Double](repeating: 0, count: 10), counts)
    for (confidence, isRight) in zip(confidences, isRight) {
      let place = min(9, Int(min(max(confidence, 0), 1) * 10))
      counts[place] += 1
      sums[place] += Double(confidence)
      if isRight { rights[place] += 1 }
    }
    tenths = counts.indices.map { place in
      let count = counts[place]
      return Tenth(
        count: count, confidence: count == 0 ? nil : sums[place] / Double(count),
        accuracy: count == 0 ? nil : Double(rights[place]) / Double(count))
    }
    let distances = counts.indices.reduce(0) { $0 + abs(sums[$1] - Double(rights[$1])) }
    calibrationError = confidences.isEmpty ? 0 : distances / Double(confidences.count)
    coverage = Self.coverage(confidences, isRight)
  }

  private static func coverage(_ confidences: [Float], _ isRight: [Bool]) -> [Coverage] {
    let order = confidences.indices.sorted { (confidences[$1], $0) < (confidences[$0], $1) }
    var coverage: [Coverage] = []
    var right = 0
    for (place, video) in order.enumerated() {
      if isRight[video] { right += 1 }
      if place + 1 < order.count, confidences[order[place + 1]] == confidences[video] { continue }
      coverage.append(
        Coverage(
          share: Double(place + 1) / Double(order.count), accuracy: Double(right) / Double(place + 1)))
    }
    return coverage
  }

  /// The largest share of the videos, the surest ones, of which at least `accuracy` are right; nil where there is none.
  package func largest(withAccuracy accuracy: Double) -> Coverage? {
    coverage.last { $0.accuracy >= accuracy }
  }
}
