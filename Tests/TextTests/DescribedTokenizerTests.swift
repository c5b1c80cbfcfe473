import Foundation
import Storage
import SystemPackage
import Testing

@testable import Text

/// SentencePiece models and WordPiece vocabularies as a `tokenizer.json`. Of several characters that SentencePiece's table replaces by
/// one, such as ｶﾞ, `tokenizers` sees each alone; they are not among these texts.
@Suite struct DescribedTokenizerTests {
  private static let texts = [
    "", " ", "新浪财经11月27日开盘播报：妇女无力承担母亲医疗费欲卧轨", "The daily news of the world (2024) 100% @home",
    "  two  spaces   three\t\ttabs \n\n lines   ", "emoji 😀👨‍👩‍👧‍👦🇨🇳 龘𠀀 Ж", "ＡＢＣ　全角 ｶ ㍿ ﷺ",
    "\u{2581} meta\u{2581}space", "\u{0} control \u{1B}[2J", String(repeating: "很长", count: 200),
    "new phones 回顾",
    "[SEP] is text [CLS][MASK]",
  ]

  private func described(_ tokenizer: SentencePieceTokenizer) throws -> any Tokenizer {
    try TokenizerJSON.read(try tokenizer.described().json, "tokenizer.json").tokenizer
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
    "The files of XLM-R and DeBERTa become the one that says the same",
    arguments: [("xlm_roberta_slow", false), ("deberta", false), ("deberta", true)])
  func published(name: String, lowercases: Bool) throws {
    let folder = PublishedTokenizerTests.folder(name)
    var file = try TokenizerFile(reading: folder)
    if lowercases {
      let path = folder.appending("spm.model")
      file = .published(try PublishedTokenizer(deberta: Files.read(path), lowercases: true, path: path))
    }
    guard case .published(let tokenizer) = file else { return #expect(Bool(false), "it is none") }
    let document = try #require(tokenizer.described())
    let described = try TokenizerJSON.read(document.json, "tokenizer.json").tokenizer
    #expect(described.vocabularySize == tokenizer.vocabularySize && described.special == tokenizer.special)
    for text in try Self.texts + PublishedTokenizerTests.texts(name) {
      #expect(described.encode(text) == tokenizer.encode(text), "\(text)")
    }
    let isOfXLMR = name.hasPrefix("xlm")
    #expect(document.spellings[tokenizer.special.mask] == (isOfXLMR ? "<mask>" : "[MASK]"))
    // Between two texts RoBERTa has its separator twice.
    let pair = try #require(
      document.json.withUnsafeBytes { try JSONNode($0) }["post_processor"]?["pair"])
    guard case .list(let parts) = pair else { return #expect(Bool(false), "it is no list") }
    #expect(parts.count == (isOfXLMR ? 6 : 5))
  }

  @Test("Pieces of bytes are pieces like others in an XLM-R, whose unknown text stays unknown")
  func bytesOfXLMR() throws {
    let pieces =
      [Self.piece("<unk>", 2), Self.piece("<s>", 3), Self.piece("</s>", 3), Self.piece("\u{2581}", 1)]
      + [Self.piece("a", 1), Self.piece("<0x0A>", 6), Self.piece("[PAD]", 1), Self.piece("[MASK]", 1)]
    let tokenizer = try PublishedTokenizer(
      sentencePiece: pieces.flatMap { $0 }, path: "sentencepiece.bpe.model")
    let document = try #require(tokenizer.described())
    let again = try TokenizerJSON.read(document.json, "tokenizer.json").tokenizer
    for text in ["a", "xyz a", "\n", "[PAD] a [MASK]"] {
      #expect(again.encode(text) == tokenizer.encode(text), "\(text)")
    }
    // Pieces that are spelled as BERT's special tokens are no such here.
    #expect(again.special == tokenizer.special && again.special.padding == 1)
  }

  @Test("A piece that stands twice is refused")
  func twice() {
    let pieces = ["<unk>", "<s>", "</s>"].map { Self.piece($0, 3) }
    for text in ["<pad>", "<mask>"] {
      let error = #expect(throws: TokenizerError.self) {
        try PublishedTokenizer(
          sentencePiece: (pieces + [Self.piece(text, 1)]).flatMap { $0 }, path: "sentencepiece.bpe.model")
      }
      #expect(error?.description.contains("has two pieces \"\(text)\"") == true)
    }
    let bert = ["[PAD]", "[CLS]", "[SEP]"].map { Self.piece($0, 3) } + [Self.piece("[UNK]", 2)]
    #expect(throws: TokenizerError.self) {
      try PublishedTokenizer(
        deberta: (bert + [Self.piece("a", 1), Self.piece("a", 4)]).flatMap { $0 }, lowercases: false,
        path: "spm.model")
    }
  }

  @Test("Text is replaced by its code points, whatever stands around them")
  func literals() {
    let dash = TextNormalizer.literal(" ", content: "-")
    #expect(Array(dash(" \u{301}a \r\n").unicodeScalars) == Array("-\u{301}a-\r\n".unicodeScalars))
    #expect(TextNormalizer.literal("\n", content: "")("\r\n") == "\r")
    let accent = TextNormalizer.literal("\u{E9}", content: "x")
    #expect(Array(accent("\u{E9}e\u{301}").unicodeScalars) == Array("xe\u{301}".unicodeScalars))
  }

  @Test("A model without a table of characters keeps the white space that is no space")
  func withoutTable() throws {
    let pieces = Self.roles + ["\u{2581}", "a", "\u{3000}", "\t"].map { Self.piece($0, 1) }
    let tokenizer = try SentencePieceTokenizer(bytes: pieces.flatMap { $0 }, path: "x.model")
    let described = try described(tokenizer)
    for text in ["\u{3000}a\t", "  a  a ", " \t a", "a\u{3000}  \u{3000}", "   "] {
      #expect(described.encode(text) == tokenizer.encode(text), "\(text.debugDescription)")
    }
    #expect(tokenizer.encode("\u{3000}a\t").count == 4)
  }

  private static let roles = [
    piece("[PAD]", 3), piece("[UNK]", 2), piece("[CLS]", 3), piece("[SEP]", 3), piece("[MASK]", 3),
  ]

  /// As the format has one, with a log probability of -1.
  private static func piece(_ text: String, _ kind: UInt8) -> [UInt8] {
    let bytes = [0x0A, UInt8(text.utf8.count)] + Array(text.utf8) + [0x15, 0, 0, 0x80, 0xBF, 0x18, kind]
    return [0x0A, UInt8(bytes.count)] + bytes
  }

  @Test("Every change of text is read back as itself")
  func normalizers() throws {
    let all: [TextNormalizer] = [
      .matches(.repeatedSpaces, content: "-"), .matches(.repeatedWhitespace, content: "-"),
      .matches(.outerSpaces, content: "-"), .literal("é", content: "\"\\"), .strip(left: true, right: false),
      .strip(left: false, right: true), .canonicalComposition, .canonicalDecomposition,
      .compatibilityComposition, .compatibilityDecomposition, .lowercase, .withoutAccents,
      .prepend("\u{2581}"),
    ]
    let text = "  \t É  e\u{301} é ﬁ\n\u{3000}x "
    for normalizer in all {
      let document = TokenizerDocument(
        added: ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].enumerated().map {
          .init(id: Int32($0), content: $1)
        }, normalizer: normalizer.described, preTokenizer: .init("WhitespaceSplit"), decoder: .init("Fuse"),
        around: (2, 3),
        model: TokenizerDocument.unigram(
          [.init(text: "x", score: 0, kind: .normal)], unknown: 0, spellsBytes: false))
      guard case .published(let read) = try TokenizerJSON.read(document.described.json, "tokenizer.json")
      else {
        return #expect(Bool(false), "it is another model")
      }
      try #require(read.normalizers.count == 1)
      #expect(Array(read.normalizers[0](text).utf8) == Array(normalizer(text).utf8), "\(normalizer)")
    }
  }

  @Test(
    "Regular expressions are what Swift's own makes of them",
    arguments: [
      TextNormalizer.Expression.repeatedSpaces, .repeatedWhitespace, .outerSpaces,
    ])
  func expressions(expression: TextNormalizer.Expression) throws {
    let regex = try Regex(expression.rawValue).matchingSemantics(.unicodeScalar)
    let texts = [
      "", " ", "  ", "\n", "\r\n", "\r", " a ", "a  b   c", "\ta\u{B}b\u{C}\u{C}c", "\u{85}\u{85}x\u{2028}",
      "x\u{3000}",
      "\u{3000} x\u{A0}\u{A0}", "e\u{301} \u{301}  \u{301}", "\u{200B}\u{200B} y",
    ]
    for text in Self.texts + texts {
      let wanted = text.replacing(regex, with: "-")
      #expect(
        Array(expression.replacing(in: text, with: "-").unicodeScalars) == Array(wanted.unicodeScalars),
        "\(text.debugDescription)")
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
      case .wordPiece(let again) = try TokenizerJSON.read(tokenizer.described().json, "tokenizer.json")
    else { return #expect(Bool(false), "it is another model") }
    #expect(again.basic == basic && again.special == tokenizer.special)
    #expect(again.pieces.map(Array.init) == pieces.map { Array($0.utf8) })
  }

  @Test("A vocabulary that lacks a byte and spells unknown text in bytes is refused")
  func missingByte() throws {
    let json = String(decoding: try TrainedModel.tokenizer().described().json, as: UTF8.self)
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
    let pieces = Self.roles + [Self.piece("\u{2581}", 1), Self.piece("a", 1)]
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
