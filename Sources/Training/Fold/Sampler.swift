import Glibc
import Storage

/// In which order an epoch shows the training videos.
struct Sampler {
  /// A video's turn in an epoch.
  struct Turn {
    /// Place in the annotations.
    let index: Int
    /// How often it was shown before in this epoch.
    let repetition: Int
  }

  private let videos: [Int]
  private let labels: [Int]
  private let exponent: Double

  /// - Parameter labels: the category of each annotation.
  /// - Parameter exponent: s in the probability `count^s` of a category: 1 shows each video once, 0 shows each
  ///   category as often as every other.
  init(videos: [Int], labels: [Int], exponent: Double) {
    self.videos = videos
    self.labels = labels
    self.exponent = exponent
  }

  /// As many turns as there are videos.
  func epoch(using generator: inout SeededGenerator) -> [Turn] {
    guard exponent < 1 else {
      return generator.shuffled(videos).map { Turn(index: $0, repetition: 0) }
    }
    let members = Dictionary(grouping: videos) { labels[$0] }.sorted { $0.key < $1.key }.map(\.value)
    let weights = members.map { pow(Double($0.count), exponent) }
    // A category goes through all its videos before it shows one again.
    var waiting = members.map { _ in [Int]() }
    var shown = [Int](repeating: 0, count: members.count)
    return videos.indices.map { _ in
      let category = Self.draw(weights, using: &generator)
      if waiting[category].isEmpty { waiting[category] = generator.shuffled(members[category]) }
      defer { shown[category] += 1 }
      return Turn(
        index: waiting[category].removeLast(), repetition: shown[category] / members[category].count)
    }
  }

  /// A place with a probability in proportion to its weight.
  private static func draw(_ weights: [Double], using generator: inout SeededGenerator) -> Int {
    var rest = generator.uniform() * weights.reduce(0, +)
    for (place, weight) in weights.enumerated() {
      rest -= weight
      if rest < 0 { return place }
    }
    return weights.count - 1
  }
}
