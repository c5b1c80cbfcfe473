package import Storage

/// The categories of a task, as its labelled annotations have them: four digits for level 2, of which the
/// first two are level 1. The numbers that a model's outputs bear are positions in the sorted lists.
package struct Categories: Sendable, Equatable {
  /// Sorted, without repetition.
  package let level2: [String]
  /// The first two digits of them, sorted, without repetition.
  package let level1: [String]
  /// For each of `level2` its position in `level1`.
  package let parents: [Int]
  private let positions: [String: Int]

  /// - Parameter ids: level 2, in any order and number.
  package init(_ ids: some Sequence<String>) {
    let level2 = Set(ids).sorted()
    let level1 = Set(level2.map(CategoryID.level1)).sorted()
    let parentPositions = Dictionary(uniqueKeysWithValues: level1.enumerated().map { ($1, $0) })
    self.level2 = level2
    self.level1 = level1
    parents = level2.compactMap { parentPositions[CategoryID.level1(of: $0)] }
    positions = Dictionary(uniqueKeysWithValues: level2.enumerated().map { ($1, $0) })
  }

  /// Those that occur; annotations without a category count for nothing.
  package init(of annotations: [Annotation]) { self.init(annotations.compactMap(\.category)) }

  /// Level 2.
  package var count: Int { level2.count }

  /// The position of a level-2 category; nil when it is none of these.
  package func index(of id: String) -> Int? { positions[id] }

  /// For each annotation the position of its category.
  ///
  /// - Throws: `UnknownCategory` at the first that has none, or one that is not among these.
  package func labels(of annotations: [Annotation]) throws(UnknownCategory) -> [Int] {
    var labels: [Int] = []
    labels.reserveCapacity(annotations.count)
    for annotation in annotations {
      guard let label = annotation.category.flatMap(index) else {
        throw UnknownCategory(id: annotation.id, category: annotation.category)
      }
      labels.append(label)
    }
    return labels
  }

  /// How many of `labels` there are of each level-2 category.
  package func counts(of labels: [Int]) -> [Int] {
    labels.reduce(into: [Int](repeating: 0, count: count)) { $0[$1] += 1 }
  }

  /// The part of each level-2 category in `labels`, of which there is one at least.
  package func parts(of labels: [Int]) -> [Float] {
    counts(of: labels).map { Float($0) / Float(labels.count) }
  }
}

/// A video whose category a table does not have, or that has none where one is needed.
package struct UnknownCategory: ReportableError {
  package var id: String
  package var category: String?

  package var kind: ErrorKind { .badData }
  package var description: String {
    guard let category else {
      return "id \(quoted(id)), category_id: is missing, and this needs labelled videos"
    }
    return "id \(quoted(id)), category_id: \(quoted(category)) is none of the known categories"
  }
}
