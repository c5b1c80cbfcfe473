import Foundation
import Testing

@testable import Text

/// A token for each letter (`a` is 10), so that expectations can be written by hand; spaces are 9.
private struct Letters: Tokenizer {
  var vocabularySize: Int { 40 }
  var special: SpecialTokens {
    SpecialTokens(padding: 0, unknown: 1, classification: 2, separator: 3, mask: 4)
  }

  func encode(_ text: String) -> [Int32] {
    text.unicodeScalars.map { $0 == " " ? 9 : Int32($0.value) - 97 + 10 }
  }

  func spellings(of tokens: Set<Int32>) -> [Int32: TokenSpelling] { [:] }
}

struct TextComposerTests {
  /// `CLS`, `SEP` and letters, for reading.
  private func compose(
    _ title: String, _ speech: String, _ onScreenText: [String],
    budget: TextBudget = TextBudget(title: 3, speech: 3, onScreenText: 4)
  ) -> String {
    let composed = TextComposer(tokenizer: Letters(), budget: budget)
      .compose(title: title, speech: speech, onScreenText: onScreenText)
    #expect(composed.tokens.count <= budget.sequenceLength)
    // What is in none of the parts is a special token.
    let places = composed.parts.flatMap(\.self)
    #expect(Set(places).count == places.count)
    for (place, token) in composed.tokens.enumerated() {
      #expect(places.contains(place) == ![2, 3].contains(token))
    }
    return composed.tokens.map { token in
      switch token {
      case 2: "<"
      case 3: "|"
      case 9: "_"
      default: String(UnicodeScalar(UInt8(token - 10 + 97)))
      }
    }.joined()
  }

  @Test("Short texts stand whole, in order, each ended by a separator")
  func short() { #expect(compose("ab", "cd", ["ef"]) == "<ab|cd|ef|") }

  @Test("Parts without text leave out their separator")
  func missingParts() {
    #expect(compose("", "cd", ["ef"]) == "<cd|ef|")
    #expect(compose("ab", "", ["ef"]) == "<ab|ef|")
    #expect(compose("ab", "cd", []) == "<ab|cd|")
    #expect(compose("", "", ["", " "]) == "<|")
    #expect(compose("", "cd", [""]) == "<cd|")
  }

  @Test("Title and speech keep their beginning, on-screen text keeps its end")
  func cutting() { #expect(compose("abcdef", "ghijkl", ["mnopqr"]) == "<abc|ghi|opqr|") }

  @Test("Room that a part leaves goes to the title first, then speech, then on-screen text")
  func passedOn() {
    // 10 tokens for text: speech leaves 2, the title takes both.
    #expect(compose("abcdefgh", "i", ["mnopqr"]) == "<abcde|i|opqr|")
    // The title needs 1 of the 2 that on-screen text leaves, speech gets the other.
    #expect(compose("abcd", "ghijkl", ["mn"]) == "<abcd|ghij|mn|")
    #expect(compose("a", "g", ["mnopqrstuv"]) == "<a|g|opqrstuv|")
  }

  @Test("A part without text passes on its separator's place, too")
  func separatorsPassedOn() {
    #expect(compose("abcdefghijklmnopq", "", []) == "<abcdefghijkl|")
    #expect(compose("", "", ["abcdefghijklmnopq"]) == "<fghijklmnopq|")
  }

  @Test("A part with room 0 is left out, even when there is room")
  func noRoom() {
    let budget = TextBudget(title: 4, speech: 0, onScreenText: 2)
    #expect(budget.sequenceLength == 9)
    #expect(compose("abcdef", "ghi", ["m"], budget: budget) == "<abcde|m|")
    #expect(compose("ab", "ghi", ["m"], budget: TextBudget(title: 0, speech: 0, onScreenText: 0)) == "<|")
  }

  @Test("On-screen lines are joined by a space; a line that stays on screen counts once")
  func lines() {
    let budget = TextBudget(title: 3, speech: 3, onScreenText: 20)
    #expect(compose("", "", ["ab", "ab", " ab\n", "", "cd", "ab"], budget: budget) == "<ab_cd_ab|")
  }

  @Test("Only a video without any text is empty")
  func isEmpty() {
    let composer = TextComposer(tokenizer: Letters())
    #expect(composer.compose(title: " ", speech: "\n", onScreenText: ["", "\u{0}"]).isEmpty)
    #expect(!composer.compose(title: "", speech: "", onScreenText: ["a"]).isEmpty)
  }

  @Test("Texts of absurd length are cut as if they had been read whole")
  func absurdLength() {
    let long = String(repeating: "a", count: 1_000_000)
    #expect(compose(long, "", []) == compose(String(long.prefix(50)), "", []))
    #expect(compose("", "", [long + "bc"]) == "<aaaaaaaaaabc|")
    #expect(compose("", "", Array(repeating: "ab", count: 100_000) + ["cd"]) == "<ab_cd|")
  }

  @Test("The default budget fills 128 positions")
  func defaultLength() {
    let long = String(repeating: "a", count: 500)
    let composed = TextComposer(tokenizer: Letters()).compose(title: long, speech: long, onScreenText: [long])
    #expect(composed.tokens.count == 128)
    #expect(TextBudget().sequenceLength == 128)
  }

  @Test("A budget survives JSON; rooms that make no sense are refused")
  func coding() throws {
    let budget = TextBudget(title: 1, speech: 2, onScreenText: 3)
    #expect(try JSONDecoder().decode(TextBudget.self, from: JSONEncoder().encode(budget)) == budget)
    for wrong in ["-1", "9000000000000000000", "1.5", "true"] {
      let json = #"{"title": 1, "speech": \#(wrong), "on_screen_text": 3}"#
      #expect(throws: DecodingError.self) { try JSONDecoder().decode(TextBudget.self, from: Data(json.utf8)) }
    }
  }
}
