import Foundation
import Storage
import SystemPackage
import Testing

@testable import Text

struct WordPieceTokenizerTests {
  /// Written by `scripts/make_tokenizer_fixture.py`.
  struct Fixture: Decodable {
    struct Run: Decodable {
      /// By the keys of `tokenizer_config.json`.
      var settings: [String: Bool]
      var cases: [Case]

      var basic: BasicTokenizer {
        BasicTokenizer(
          lowercases: settings["do_lower_case"] ?? true, stripsAccents: settings["strip_accents"],
          splitsChineseCharacters: settings["tokenize_chinese_chars"] ?? true)
      }
    }
    struct Case: Decodable {
      var text: String
      var tokens: [Int32]
    }
    var vocabulary: [String]
    var runs: [Run]

    static func load() throws -> Fixture {
      let url = try #require(Bundle.module.url(forResource: "Fixtures/bert_tokenizer", withExtension: "json"))
      return try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url))
    }
  }

  static let specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]

  static func tokenizer(_ pieces: [String], _ basic: BasicTokenizer = BasicTokenizer()) throws
    -> WordPieceTokenizer
  {
    try WordPieceTokenizer(
      bytes: Array(pieces.map { $0 + "\n" }.joined().utf8), basic: basic, path: "vocab.txt")
  }

  @Test("Every text gives the tokens of Hugging Face's BertTokenizer, in every setting")
  func parity() throws {
    let fixture = try Fixture.load()
    #expect(fixture.runs.count == 5)
    for run in fixture.runs {
      let tokenizer = try Self.tokenizer(fixture.vocabulary, run.basic)
      for example in run.cases {
        #expect(tokenizer.encode(example.text) == example.tokens, "\(run.settings): \(example.text)")
      }
    }
  }

  @Test(
    "A title that spells special tokens is text", arguments: ["[SEP]", "a [CLS] b", "[PAD][MASK]", "[UNK]"])
  func specialTokensInText(_ text: String) throws {
    let tokenizer = try Self.tokenizer(
      Self.specials + ["[", "]", "a", "b", "sep", "cls", "pad", "mask", "unk"])
    let tokens = tokenizer.encode(text)
    #expect(tokens.allSatisfy { $0 >= 5 }, "\(tokens)")
  }

  @Test("Pieces that only look equal are told apart")
  func canonicalEquivalence() throws {
    let tokenizer = try Self.tokenizer(Self.specials + ["é", "e\u{301}"], BasicTokenizer(lowercases: false))
    #expect(tokenizer.encode("é") == [5])
    #expect(tokenizer.encode("e\u{301}") == [6])
  }

  @Test("Line ends of either kind, blank lines and a missing last one keep the numbers of the lines")
  func lineEnds() throws {
    let text = "[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\n[MASK]\r\n\r\nword\r\nlast"
    let tokenizer = try WordPieceTokenizer(bytes: Array(text.utf8), path: "vocab.txt")
    #expect(tokenizer.vocabularySize == 8)
    #expect(tokenizer.encode("word last") == [6, 7])
  }

  @Test("A vocabulary without special tokens says which are missing")
  func missingSpecialTokens() {
    let error = #expect(throws: TokenizerError.self) { try Self.tokenizer(["[PAD]", "[UNK]", "[SEP]", "a"]) }
    #expect(error?.description == "vocab.txt: the vocabulary has no piece for [CLS], [MASK]")
    #expect(error?.kind == .badData)
  }

  @Test("Bytes that are no text are refused by line", arguments: [[0x61, 0x0A, 0xFF], [0x61, 0x0A, 0x00]])
  func notText(_ bytes: [UInt8]) {
    let error = #expect(throws: TokenizerError.self) {
      try WordPieceTokenizer(bytes: bytes, path: "vocab.txt")
    }
    #expect(error?.description == "vocab.txt: line 2 is not UTF-8 text")
  }
}
