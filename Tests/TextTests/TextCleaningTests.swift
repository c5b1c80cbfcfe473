import Testing

@testable import Text

struct TextCleaningTests {
  @Test(
    "White space of any kind and length becomes one space, control characters vanish, the rest stays",
    arguments: [
      ("  a \t\r\n b\u{3000}\u{A0}c  ", "a b c"),
      ("a\u{0}b\u{7}c\u{7F}\u{9F}", "abc"),
      ("a \u{0} b", "a b"),
      ("\u{2028}", ""),
      ("《核能》！Ａ１ é e\u{301} 👨‍👩‍👧", "《核能》！Ａ１ é e\u{301} 👨‍👩‍👧"),
    ])
  func cleaning(_ text: String, _ cleaned: String) {
    #expect(Array(TextCleaning.clean(text).unicodeScalars) == Array(cleaned.unicodeScalars))
  }

  @Test("Limits count characters of the cleaned text, from either end")
  func limits() {
    #expect(TextCleaning.clean("  ab   cd ", prefix: 3) == "ab ")
    #expect(TextCleaning.clean("  ab   cd ", prefix: 4) == "ab c")
    #expect(TextCleaning.clean("  ab   cd ", suffix: 4) == "b cd")
    #expect(TextCleaning.clean("  ab   cd ", suffix: 100) == "ab cd")
    #expect(TextCleaning.clean("ab", prefix: 0) == "")
  }
}
