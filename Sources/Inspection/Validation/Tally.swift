/// How often each value occurs.
struct Tally<Value: Hashable & Comparable> {
  private(set) var counts: [Value: Int] = [:]

  mutating func add(_ value: Value, times: Int = 1) { counts[value, default: 0] += times }

  var total: Int { counts.values.reduce(0, +) }

  /// The most frequent first; equally frequent ones in their order.
  var byFrequency: [(value: Value, count: Int)] {
    counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) }
  }
}

extension Tally<String> {
  /// The most frequent, and the others together where there are more than `limit`.
  func named(limit: Int = 12) -> [ValidationReport.Count] {
    let all = byFrequency
    var named = all.prefix(limit).map { ValidationReport.Count(name: $0.value, count: $0.count) }
    if all.count > limit {
      named.append(.init(name: "others", count: all.dropFirst(limit).reduce(0) { $0 + $1.count }))
    }
    return named
  }
}

extension Tally<Int> {
  /// Smallest, median, 95th percentile and largest; nil of nothing. Exact: lengths repeat, so counting them takes less
  /// memory than keeping them.
  var spread: ValidationReport.Spread? {
    let sorted = counts.sorted { $0.key < $1.key }
    guard let first = sorted.first, let last = sorted.last else { return nil }
    let total = total
    /// The smallest value that at least this part of all are not above.
    func quantile(_ part: Double) -> Int {
      let rank = max(1, Int((part * Double(total)).rounded(.up)))
      var seen = 0
      for (value, count) in sorted {
        seen += count
        if seen >= rank { return value }
      }
      return last.key
    }
    return .init(minimum: first.key, median: quantile(0.5), percentile95: quantile(0.95), maximum: last.key)
  }
}

/// The first few names of a kind, and how many there are.
struct Listing {
  private(set) var count = 0
  private(set) var first: [String] = []
  static let limit = 5

  mutating func add(_ name: @autoclosure () -> String) {
    count += 1
    if first.count < Self.limit { first.append(name()) }
  }

  var report: ValidationReport.Listed { .init(count: count, first: first) }
}
