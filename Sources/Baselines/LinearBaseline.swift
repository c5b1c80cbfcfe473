package import Dataset
import Foundation
import Storage
package import Torch

/// What twenty lines of a statistics library make of videos: linear models on the n-grams of their texts and on the means
/// of their vectors. There are two: one for the first level, which has many examples of each class, and one for the
/// second; a category has the probability of its first level times its own among that level's.
package struct LinearBaseline: Sendable {
  package let categories: [String]
  package let input: BaselineInput
  /// The part of each category in the videos of training: what is said of a video of which nothing is seen.
  let prior: [Float]
  let texts: TFIDF?
  let vectors: VectorScaling?
  /// `[features + 1, first levels + categories]`: of each n-gram, then of each number of a vector, then the bias.
  let weights: [Float]
  private let levels: FirstLevels

  /// Of more videos so many are learnt from: a fold of 6,000 with 200 categories takes a minute of one core, and time grows
  /// somewhat faster than their number.
  private static let mostVideos = 20_000
  /// Of each category as many stay as there are, up to this: of the rare ones a draw might leave none.
  private static let fewestOfCategory = 20

  init(
    categories: [String], input: BaselineInput, prior: [Float], texts: TFIDF?, vectors: VectorScaling?,
    weights: [Float]
  ) {
    self.categories = categories
    self.input = input
    self.prior = prior
    self.texts = texts
    self.vectors = vectors
    self.weights = weights
    levels = FirstLevels(categories)
  }

  /// Learns from the videos at `indices`, and looks at no other: neither for the n-grams that there are, nor for their
  /// frequencies, nor for the scale of vectors.
  /// - Parameter labels: the category of every video, as a number.
  /// - Throws: `OutOfMemory`.
  package init(
    training indices: [Int], of videos: BaselineVideos, labels: [Int], categories: Categories, cores: Cores
  ) throws {
    let chosen = Self.chosen(indices, labels)
    let texts = videos.input.hasText ? TFIDF(fitting: chosen.lazy.map(videos.text)) : nil
    let means = chosen.map(videos.vector)
    let vectors = videos.vectorSize.map {
      VectorScaling(fitting: means.lazy.compactMap(\.self), width: $0)
    }
    let levels = FirstLevels(categories.level2)
    let features = (texts?.ngrams.count ?? 0) + (vectors?.mean.count ?? 0)
    var rows = FeatureRows(features: features)
    for (video, mean) in zip(chosen, means) {
      rows.append(Self.features(videos.text(video), mean, texts, vectors))
    }
    // First levels before categories; each alone, so that they are computed side by side.
    let classes = Array(0..<levels.count + categories.count)
    let columns = try rows.withPointers { rows in
      try cores.map(classes) { number in
        LogisticRegression.weights(of: rows) { place in
          let label = labels[chosen[place]]
          return number < levels.count
            ? levels.parents[label] == number : label == number - levels.count
        }
      }
    }
    var weights = [Float](repeating: 0, count: (features + 1) * columns.count)
    for (column, values) in columns.enumerated() {
      for (row, value) in values.enumerated() { weights[row * columns.count + column] = value }
    }
    self.init(
      categories: categories.level2, input: videos.input,
      prior: categories.parts(of: indices.map { labels[$0] }), texts: texts, vectors: vectors,
      weights: weights)
  }

  /// - Parameter most: how many are learnt from, at most.
  static func chosen(
    _ indices: [Int], _ labels: [Int], most: Int = mostVideos, ofCategory fewest: Int = fewestOfCategory
  ) -> [Int] {
    guard indices.count > most else { return indices }
    var generator = SeededGenerator(seed: 1)
    var met: [Int: Int] = [:]
    let drawn = generator.shuffled(indices).map { video in
      met[labels[video], default: 0] += 1
      return (video: video, isRare: met[labels[video], default: 0] <= fewest)
    }
    let ordered = drawn.filter(\.isRare) + drawn.filter { !$0.isRare }
    return ordered.prefix(most).map(\.video).sorted()
  }

  private static func features(
    _ text: String, _ vector: [Float]?, _ texts: TFIDF?, _ vectors: VectorScaling?
  ) -> [(place: Int, value: Double)] {
    var row = texts?.row(of: text) ?? []
    guard let vector, let vectors else { return row }
    let start = texts?.ngrams.count ?? 0
    for (place, value) in vectors.scaled(vector).enumerated() where value != 0 {
      row.append((start + place, value))
    }
    return row
  }

  /// What is said of a video.
  package struct Answer: Sendable {
    /// Of each category, adding up to 1.
    package let probabilities: [Float]
    package let status: PredictionStatus
  }

  /// - Parameter source: where the vectors are.
  package func answer(_ annotation: Annotation, source: any VideoSource) -> Answer {
    answer(
      text: input.hasText ? BaselineVideos.text(of: annotation) : "",
      vector: vectors == nil ? nil : BaselineVideos.vector(of: annotation.id, in: source))
  }

  package func answer(_ video: Int, of videos: BaselineVideos) -> Answer {
    answer(text: videos.text(video), vector: videos.vector(video))
  }

  private func answer(text: String, vector: [Float]?) -> Answer {
    let seen = vector?.count == vectors?.mean.count ? vector : nil
    // A text of which no n-gram is known says no more than none.
    let isTextKnown = texts?.row(of: text).isEmpty == false
    let status = PredictionStatus(hasText: isTextKnown, hasFrames: seen != nil)
    guard status != .prior else { return Answer(probabilities: prior, status: .prior) }
    let outputs = levels.count + categories.count
    let row = Self.features(text, seen, texts, vectors)
    let scores = weights.withUnsafeBufferPointer { weights in
      var scores = [Double](repeating: 0, count: outputs)
      let bias = weights.count - outputs
      for output in 0..<outputs { scores[output] = Double(weights[bias + output]) }
      for (place, value) in row {
        for output in 0..<outputs { scores[output] += value * Double(weights[place * outputs + output]) }
      }
      return scores
    }
    let chances = scores.map { 1 / (1 + exp(-$0)) }
    let level1 = Array(chances[..<levels.count])
    let sum = level1.reduce(0, +)
    let probabilities = levels.combined(
      level1: level1.map { $0 / sum }, level2: Array(chances[levels.count...]))
    guard sum > 0, probabilities.allSatisfy(\.isFinite) else {
      return Answer(probabilities: prior, status: .prior)
    }
    return Answer(probabilities: probabilities.map(Float.init), status: status)
  }
}
