/// How often videos of one class were predicted to be of another, or of their own. In memory is what occurs: of thousands of
/// classes few are taken for each other.
package struct Confusions: Sendable {
  package struct Pair: Sendable, Equatable {
    package let truth: Int
    package let predicted: Int
    package let count: Int
  }

  private struct Place: Hashable {
    let truth: Int
    let predicted: Int
  }

  private let counts: [Place: Int]
  private let supports: [Int]
  /// By the true class.
  private let most: [Int: Pair]
  package let classes: Int

  /// - Parameters:
  ///   - classes: how many there are.
  ///   - truth, predicted: of each video, below `classes`.
  package init(classes: Int, truth: some Sequence<Int>, predicted: some Sequence<Int>) {
    var counts: [Place: Int] = [:]
    var supports = [Int](repeating: 0, count: classes)
    for (truth, predicted) in zip(truth, predicted) {
      counts[Place(truth: truth, predicted: predicted), default: 0] += 1
      supports[truth] += 1
    }
    self.classes = classes
    self.counts = counts
    self.supports = supports
    most = Self.confused(counts).reduce(into: [:]) { most, pair in
      if most[pair.truth].map({ Self.isMore(pair, $0) }) ?? true { most[pair.truth] = pair }
    }
  }

  private static func confused(_ counts: [Place: Int]) -> [Pair] {
    counts.filter { $0.key.truth != $0.key.predicted }.map {
      Pair(truth: $0.key.truth, predicted: $0.key.predicted, count: $0.value)
    }
  }

  /// Of as many, the one whose classes come first.
  private static func isMore(_ one: Pair, _ other: Pair) -> Bool {
    (other.count, one.truth, one.predicted) < (one.count, other.truth, other.predicted)
  }

  package subscript(truth truth: Int, predicted predicted: Int) -> Int {
    counts[Place(truth: truth, predicted: predicted), default: 0]
  }

  /// Videos of a class.
  package func support(of truth: Int) -> Int { supports[truth] }

  /// The pairs of different classes that are taken for each other most often, in one direction each.
  package func mostConfused(_ limit: Int) -> [Pair] {
    Array(Self.confused(counts).sorted(by: Self.isMore).prefix(limit))
  }

  /// What a class is taken for most often instead of itself; nil where it never is.
  package func mostConfused(with truth: Int) -> Pair? { most[truth] }
}
