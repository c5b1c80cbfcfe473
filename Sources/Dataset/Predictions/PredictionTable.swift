/// Predictions of many videos: the probabilities of all in one array, the categories named once. A dictionary for each
/// video takes some ten times the memory.
package struct PredictionTable: Sendable, Equatable {
  /// Of level 2, in the order of the probabilities.
  package let categories: [String]
  /// `[videos, categories]`
  private var probabilities: [Float]
  /// What each prediction rests on.
  package private(set) var statuses: [PredictionStatus]

  /// All probabilities are 0 until they are set.
  package init(categories: [String], count: Int) {
    self.categories = categories
    probabilities = [Float](repeating: 0, count: count * categories.count)
    statuses = [PredictionStatus](repeating: .prior, count: count)
  }

  /// Videos.
  package var count: Int { statuses.count }

  /// Of one video, in the order of the categories.
  package subscript(video: Int) -> ArraySlice<Float> {
    probabilities[video * categories.count..<(video + 1) * categories.count]
  }

  package subscript(video: Int, category: Int) -> Float { probabilities[video * categories.count + category] }

  package mutating func set(_ video: Int, to row: some Collection<Float>, status: PredictionStatus) {
    precondition(
      row.count == categories.count, "\(row.count) probabilities of \(categories.count) categories")
    for (place, value) in zip((video * categories.count)..., row) { probabilities[place] = value }
    statuses[video] = status
  }

  /// Takes the probabilities of a line of `predictions.jsonl`.
  /// - Returns: whether its categories are these.
  package mutating func set(_ video: Int, to prediction: Prediction) -> Bool {
    let row = categories.compactMap { prediction.probabilities[$0] }
    guard row.count == categories.count, prediction.probabilities.count == row.count else { return false }
    set(video, to: row, status: prediction.status)
    return true
  }

  /// The number of the category of the highest probability, the first of several.
  package func best(_ video: Int) -> Int {
    let start = video * categories.count
    return categories.indices.max { probabilities[start + $0] < probabilities[start + $1] } ?? 0
  }

  /// As it is written.
  package func prediction(_ video: Int, id: String) -> Prediction {
    let best = best(video)
    return Prediction(
      id: id, category: categories[best], probability: self[video, best],
      probabilities: Dictionary(uniqueKeysWithValues: zip(categories, self[video])), status: statuses[video])
  }

  /// Of several members for the same videos, the mean of their probabilities; the prior where one of them has no numbers,
  /// as in `infer`.
  package struct Mean {
    private var sums: PredictionTable
    private var members = 1

    package init(_ first: PredictionTable) { sums = first }

    /// - Precondition: of the same videos and categories.
    package mutating func add(_ member: PredictionTable) {
      precondition(member.categories == sums.categories && member.count == sums.count, "of other videos")
      members += 1
      for video in 0..<member.count where sums.statuses[video] != .prior {
        if member.statuses[video] == .prior {
          sums.set(video, to: member[video], status: .prior)
          continue
        }
        for place in video * member.categories.count..<(video + 1) * member.categories.count {
          sums.probabilities[place] += member.probabilities[place]
        }
      }
    }

    package consuming func result() -> PredictionTable {
      guard members > 1 else { return sums }
      for video in 0..<sums.count where sums.statuses[video] != .prior {
        for place in video * sums.categories.count..<(video + 1) * sums.categories.count {
          sums.probabilities[place] /= Float(members)
        }
      }
      return sums
    }
  }
}
