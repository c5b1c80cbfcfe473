/// How often videos of one class were predicted to be of another, or of their own.
package struct Confusions: Sendable {
  /// Rows are the truth, columns the prediction, `[classes × classes]`.
  private let counts: [Int]
  package let classes: Int

  /// - Parameters:
  ///   - classes: how many there are.
  ///   - truth, predicted: of each video, below `classes`.
  package init(classes: Int, truth: some Sequence<Int>, predicted: some Sequence<Int>) {
    var counts = [Int](repeating: 0, count: classes * classes)
    for (truth, predicted) in zip(truth, predicted) { counts[truth * classes + predicted] += 1 }
    self.counts = counts
    self.classes = classes
  }

  package subscript(truth truth: Int, predicted predicted: Int) -> Int {
    counts[truth * classes + predicted]
  }

  /// Videos of a class.
  package func support(of truth: Int) -> Int {
    counts[truth * classes..<(truth + 1) * classes].reduce(0, +)
  }

  package struct Pair: Sendable, Equatable {
    package let truth: Int
    package let predicted: Int
    package let count: Int
  }

  /// The pairs of different classes that are taken for each other most often, in one direction each.
  package func mostConfused(_ limit: Int) -> [Pair] {
    let pairs = (0..<classes).flatMap { truth in
      (0..<classes).compactMap { predicted -> Pair? in
        let count = self[truth: truth, predicted: predicted]
        return truth == predicted || count == 0
          ? nil : Pair(truth: truth, predicted: predicted, count: count)
      }
    }
    return Array(
      pairs.sorted { ($1.count, $0.truth, $0.predicted) < ($0.count, $1.truth, $1.predicted) }.prefix(limit))
  }

  /// What a class is taken for most often instead of itself; nil where it never is.
  package func mostConfused(with truth: Int) -> Pair? {
    (0..<classes).filter { $0 != truth && self[truth: truth, predicted: $0] > 0 }
      .map { Pair(truth: truth, predicted: $0, count: self[truth: truth, predicted: $0]) }
      .max { ($0.count, $1.predicted) < ($1.count, $0.predicted) }
  }
}
