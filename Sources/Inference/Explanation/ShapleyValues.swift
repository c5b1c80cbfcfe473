/// What each of a few players contributes to what they reach together:
///
///     φ(i) = Σ over the sets S without i of |S|! · (n - |S| - 1)! / n! · (worth(S ∪ i) - worth(S))
///
/// They add up to what all reach, less what nobody does.
enum ShapleyValues {
  /// - Parameter worth: of each set of players; the bits of its place say who is in it, `[2^n]`.
  static func values(of worth: [Double]) -> [Double] {
    let players = worth.count.trailingZeroBitCount
    precondition(worth.count == 1 << players, "\(worth.count) sets are those of no number of players")
    // |S|! · (n - |S| - 1)! / n! by |S|
    let weights = (0..<players).map { size in
      (0..<size).reduce(1 / Double(players)) { $0 * Double($1 + 1) / Double(players - 1 - $1) }
    }
    return (0..<players).map { player in
      worth.indices.reduce(0) { sum, set in
        guard set & 1 << player == 0 else { return sum }
        return sum + weights[set.nonzeroBitCount] * (worth[set | 1 << player] - worth[set])
      }
    }
  }
}
