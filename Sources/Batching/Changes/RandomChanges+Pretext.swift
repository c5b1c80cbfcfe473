import Storage
import Text

extension RandomChanges {
  /// Puts `[MASK]` in the place of whole n-grams. Lengths are drawn with odds of 1/n, and then a start among the places where
  /// as many tokens stand that are free: neither special ones, so that no n-gram crosses from one part of the text into the
  /// next, nor hidden already.
  /// - Returns: nil where nothing is asked.
  mutating func asking(
    of tokens: [Int32], _ special: SpecialTokens
  ) -> (tokens: [Int32], pretext: Pretext)? {
    guard let masking else { return nil }
    let fixed = special.all
    var isFree = tokens.map { !fixed.contains($0) }
    var left = goal(of: isFree.count { $0 }, masking)
    while left > 0 {
      var length = min(self.length(upTo: masking.longest), left)
      var starts = Self.starts(of: length, in: isFree)
      while starts.isEmpty {  // there is room for shorter ones, as something is left
        length -= 1
        starts = Self.starts(of: length, in: isFree)
      }
      let start = starts[generator.int(below: starts.count)]
      for place in start..<start + length { isFree[place] = false }
      left -= length
    }
    let hidden = tokens.indices.filter { !isFree[$0] && !fixed.contains(tokens[$0]) }
    var masked = tokens
    for place in hidden { masked[place] = special.mask }
    return (
      masked,
      Pretext(
        hidden: hidden.map { .init(place: $0, token: tokens[$0]) },
        divide: Self.divide(tokens, special), seed: generator.next())
    )
  }

  private static func divide(_ tokens: [Int32], _ special: SpecialTokens) -> Int? {
    guard let end = tokens.firstIndex(of: special.separator), end > 1, end + 2 < tokens.count else {
      return nil
    }
    return end + 1
  }

  /// How many tokens are hidden of `count`: the part on average, however short texts are, but one at least.
  private mutating func goal(of count: Int, _ masking: TokenMasking) -> Int {
    guard count > 0, masking.part > 0 else { return 0 }
    return min(count, max(1, Int(masking.part * Double(count) + generator.uniform())))
  }

  private mutating func length(upTo longest: Int) -> Int {
    let whole = (1...max(1, longest)).reduce(0.0) { $0 + 1 / Double($1) }
    var rest = generator.uniform() * whole
    for length in 1..<max(1, longest) {
      rest -= 1 / Double(length)
      if rest < 0 { return length }
    }
    return max(1, longest)
  }

  private static func starts(of length: Int, in isFree: [Bool]) -> [Int] {
    var run = 0
    return isFree.indices.compactMap { end in
      run = isFree[end] ? run + 1 : 0
      return run >= length ? end - length + 1 : nil
    }
  }
}
