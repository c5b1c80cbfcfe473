import Foundation
import SystemPackage
import Testing

@testable import Text

/// SentencePiece models and WordPiece vocabularies as a `tokenizer.json`. Of several characters that its table replaces by one, such as ｶﾞ, `tokenizers` sees
/// each alone; they are not among these texts.
@Suite struct DescribedTokenizerTests {
  private static let texts = [
    "", " ", "新浪财经11月27日开盘播报：妇女无力承担母亲医疗费欲卧轨", "The daily news of the world (2024) 100% @home",
    "  two  spaces   three\t\ttabs \n\n lines   ", "emoji 😀👨‍👩‍👧‍👦🇨🇳 龘𠀀 Ж", "ＡＢＣ　全角 ｶ ㍿ ﷺ",
    "\u{2581} meta\u{2581}space", "\u{0} control \u{1B}[2J", String(repeating: "很长", count: 200),
    "new phones 回顾",
    "[SEP] is text [CLS][MASK]",
  ]

  private func described(_ tokenizer: SentencePieceTokenizer) throws -> any Tokenizer {
    try TokenizerJSON.read(try tokenizer.described(), "tokenizer.json").tokenizer
  }

  @Test(
    "It makes of every text the tokens that SentencePiece makes, unknown characters in bytes included",
    arguments: ["shipped", "trained"])
  func same(name: String) throws {
    let tokenizer = try name == "shipped" ? ShippedVocabularyTests().tokenizer : TrainedModel.tokenizer()
    let described = try described(tokenizer)
    #expect(described.vocabularySize == tokenizer.vocabularySize && described.special == tokenizer.special)
    for text in Self.texts {
      let wanted = tokenizer.encode(text)
      #expect(described.encode(text) == wanted, "\(text)")
      let tokens = Set(wanted)
      #expect(described.spellings(of: tokens) == tokenizer.spellings(of: tokens), "\(text)")
    }
  }

  @Test(
    "A WordPiece vocabulary is read back with its settings, and pieces that look alike stay two",
    arguments: [
      BasicTokenizer(), BasicTokenizer(lowercases: false),
      BasicTokenizer(lowercases: false, stripsAccents: true, splitsChineseCharacters: false),
    ])
  func wordPiece(basic: BasicTokenizer) throws {
    let pieces = [
      "[PAD]", "[CLS]", "[UNK]", "[SEP]", "[MASK]", "caf\u{E9}", "cafe\u{301}", "##s", "\"a\\", "新",
    ]
    let tokenizer = try WordPieceTokenizer(
      bytes: Array(pieces.joined(separator: "\r\n").utf8), basic: basic, path: "vocab.txt")
    guard
      case .wordPiece(let again) = try TokenizerJSON.read(tokenizer.described(), "tokenizer.json")
    else { return #expect(Bool(false), "it is another model") }
    #expect(again.basic == basic && again.special == tokenizer.special)
    #expect(again.pieces.map(Array.init) == pieces.map { Array($0.utf8) })
  }

  @Test("A vocabulary that lacks a byte and spells unknown text in bytes is refused")
  func missingByte() throws {
    let json = String(decoding: try TrainedModel.tokenizer().described(), as: UTF8.self)
    let other = Array(json.replacing("\"<0x0A>\"", with: "\"<0xZZ>\"").utf8)
    let error = #expect(throws: TokenizerError.self) { try TokenizerJSON.read(other, "tokenizer.json") }
    #expect(error?.description.contains("has no piece <0x0A>") == true)
  }

  @Test(
    "What no tokenizer.json can say is named",
    arguments: [
      ([0x20, 0], "has remove_extra_whitespaces false"), ([0x18, 0], "has add_dummy_prefix false"),
      ([0x28, 0], "has escape_whitespaces false"),
    ] as [([UInt8], String)])
  func inexpressible(flag: [UInt8], reason: String) throws {
    #expect(try SentencePieceModelFile(TrainedModel.bytes).unusual.isEmpty)
    let piece = { (text: String, kind: UInt8) -> [UInt8] in
      let bytes = [0x0A, UInt8(text.utf8.count)] + Array(text.utf8) + [0x15, 0, 0, 0x80, 0xBF, 0x18, kind]
      return [0x0A, UInt8(bytes.count)] + bytes
    }
    let pieces = [
      piece("[PAD]", 3), piece("[UNK]", 2), piece("[CLS]", 3), piece("[SEP]", 3), piece("[MASK]", 3),
      piece("\u{2581}", 1), piece("a", 1),
    ]
    let tokenizer = try SentencePieceTokenizer(
      bytes: pieces.flatMap { $0 } + [0x1A, UInt8(flag.count)] + flag, path: "x.model")
    let error = #expect(throws: TokenizerError.self) { try tokenizer.described() }
    #expect(error?.description.contains(reason) == true)
    let merging = try SentencePieceTokenizer(
      bytes: pieces.flatMap { $0 } + [0x12, 2, 0x18, 2], path: "x.model")
    let other = #expect(throws: TokenizerError.self) { try merging.described() }
    #expect(other?.description.contains("merges pairs") == true)
  }
}
