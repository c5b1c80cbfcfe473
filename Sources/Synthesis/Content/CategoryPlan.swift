import Storage

/// A category of the set: its topic is in the text only, its shape in the pictures only.
struct SyntheticCategory: Sendable, Equatable {
  var topic: Int
  var shape: Int

  /// Two digits for the topic, two for the shape.
  var name: String { [topic, shape].map { ($0 < 10 ? "0" : "") + String($0) }.joined() }
}

/// Which categories there are, and how many videos each has.
struct CategoryPlan {
  static let counts = 4...(Topic.all.count * Shape.allCases.count)

  let categories: [SyntheticCategory]

  /// Every topic with the same shapes, as square as can be: 12 are 3 topics × 4 shapes.
  ///
  /// - Precondition: `counts` contains `count`.
  init(count: Int) {
    precondition(Self.counts.contains(count))
    let wanted = Int((Double(count) * 0.75).squareRoot().rounded())
    let topics = max(2, wanted, (count + Shape.allCases.count - 1) / Shape.allCases.count)
    categories = (0..<count).map { SyntheticCategory(topic: $0 % topics, shape: $0 / topics) }
      .sorted { $0.name < $1.name }
  }

  /// The category of each of `videoCount` videos, in random order. Some categories have many and most have few
  /// (the one of rank r in proportion to 1 / √r), yet none has none.
  ///
  /// - Precondition: there are as many videos as categories.
  func assignment(videoCount: Int, using generator: inout SeededGenerator) -> [SyntheticCategory] {
    precondition(videoCount >= categories.count)
    let ranked = generator.shuffled(categories)
    let weights = (1...ranked.count).map { 1 / Double($0).squareRoot() }
    let total = weights.reduce(0, +)
    let spare = videoCount - ranked.count
    var counts = weights.map { 1 + Int(Double(spare) * $0 / total) }
    for rank in 0..<(videoCount - counts.reduce(0, +)) { counts[rank % counts.count] += 1 }
    return generator.shuffled(zip(ranked, counts).flatMap { Array(repeating: $0, count: $1) })
  }
}
