/// Which tokens are hidden for pre-training to find: whole n-grams, until the part is reached.
package struct TokenMasking: Sendable, Equatable {
  /// Of a text's tokens without the special ones, 0…1; one token of a text at least, unless it is 0.
  package let part: Double
  /// Tokens of the longest n-gram; one of n tokens is drawn n times as rarely as a single token.
  package let longest: Int

  package init(part: Double, longest: Int) {
    self.part = part
    self.longest = longest
  }
}
