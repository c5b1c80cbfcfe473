import Foundation

/// The agreement on frequent and on rare classes.
///
/// The classes, those of training and those that occur in truth or prediction, are put in order by how many videos of
/// training they have, the most first and those of equal number by name, and cut into thirds: head, middle and tail.
package struct FrequencyScores: Codable, Sendable, Equatable {
  package let head: Third
  package let middle: Third
  package let tail: Third

  package struct Third: Codable, Sendable, Equatable {
    /// How many of its classes occur in truth or prediction.
    package let classes: Int
    /// The mean of the F1 of these; 0 where there are none.
    package let macroF1: Double
    /// Videos of its classes.
    package let support: Int
    /// The videos of training of its rarest and its most frequent class; both 0 where the third is empty.
    package let fewest: Int
    package let most: Int

    enum CodingKeys: String, CodingKey {
      case classes
      case macroF1 = "macro_f1"
      case support, fewest, most
    }
  }

  /// - Parameter trainingCounts: videos of each class in training.
  init(_ scores: LevelScores, trainingCounts: [String: Int]) {
    let occurring = Dictionary(uniqueKeysWithValues: scores.classes.map { ($0.category, $0) })
    let thirds = Self.thirds(of: occurring.keys, trainingCounts: trainingCounts).map { members in
      let found = members.compactMap { occurring[$0.name] }
      return Third(
        classes: found.count,
        macroF1: found.isEmpty ? 0 : found.reduce(0) { $0 + $1.f1 } / Double(found.count),
        support: found.reduce(0) { $0 + $1.support }, fewest: members.last?.count ?? 0,
        most: members.first?.count ?? 0)
    }
    (head, middle, tail) = (thirds[0], thirds[1], thirds[2])
  }

  /// Head, middle and tail of the classes of training and of `classes`.
  static func thirds(
    of classes: some Sequence<String>, trainingCounts: [String: Int]
  ) -> [ArraySlice<(name: String, count: Int)>] {
    let order = Set(trainingCounts.keys).union(classes)
      .map { (name: $0, count: trainingCounts[$0, default: 0]) }
      .sorted { ($1.count, $0.name) < ($0.count, $1.name) }
    return (0..<3).map { order[order.count * $0 / 3..<order.count * ($0 + 1) / 3] }
  }
}

extension FrequencyScores {
  /// The cells of a table for people, a row for each third: its name, macro F1, how many of its classes occur, their
  /// videos, and how many videos of training its classes have.
  package var rows: [[String]] {
    [("head", head), ("middle", middle), ("tail", tail)].map { name, third in
      [
        name, String(format: "%.4f", third.macroF1), "\(third.classes)", "\(third.support)",
        "\(third.fewest) to \(third.most)",
      ]
    }
  }
}
