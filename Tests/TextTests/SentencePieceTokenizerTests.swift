import SystemPackage
import Testing

@testable import Text

struct SentencePieceTokenizerTests {
  let tokenizer: SentencePieceTokenizer

  init() throws { tokenizer = try TrainedModel.tokenizer() }

  /// The text that tokens stand for, `▁` being a space and `<0xE4>` a byte.
  private func spelling(_ tokens: [Int32]) -> String {
    var bytes: [UInt8] = []
    for piece in tokens.map({ tokenizer.pieces[Int($0)] }) {
      if piece.count == 6, piece.hasPrefix("<0x"), let byte = UInt8(piece.dropFirst(3).prefix(2), radix: 16) {
        bytes.append(byte)
      } else {
        bytes += piece.utf8
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test("A trained model has BERT's special tokens at the first five numbers")
  func specialTokens() {
    #expect(tokenizer.vocabularySize == TrainedModel.size)
    #expect(tokenizer.pieces.prefix(5) == ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    #expect(
      tokenizer.special == SpecialTokens(padding: 0, unknown: 1, classification: 2, separator: 3, mask: 4))
  }

  @Test("Frequent words are one token, and no text at all gives none")
  func encoding() {
    let tokens = tokenizer.encode("回顾  精彩集锦\n")
    #expect(tokens.map { tokenizer.pieces[Int($0)] } == ["▁回顾", "▁精彩集锦"])
    #expect(tokenizer.encode("").isEmpty)
    #expect(tokenizer.encode(" \t ").isEmpty)
  }

  @Test(
    "Characters that training never saw are spelt in bytes, not lost",
    arguments: ["龘", "🤖👨‍👩‍👧", "Здравствуй", "مرحبا", "e\u{301}\u{323}", "\u{10FFFF}"])
  func unseenCharacters(_ text: String) {
    let tokens = tokenizer.encode(text)
    #expect(!tokens.contains(tokenizer.special.unknown))
    #expect(tokens.count > 1)
    #expect(tokens.allSatisfy { $0 >= 5 && $0 < Int32(tokenizer.vocabularySize) })
  }

  @Test(
    "Text that spells a special token is text",
    arguments: ["[SEP]", "a [CLS] b", "[PAD][MASK][UNK]", "<s> </s> <unk>", "<0x41>", "▁[SEP]▁"])
  func specialTokensInText(_ text: String) {
    let tokens = tokenizer.encode(text)
    #expect(tokens.allSatisfy { $0 >= 5 })
    #expect(spelling(tokens).contains(text.replacing("▁", with: "").split(separator: " ").last ?? ""))
  }

  @Test("Text with a NUL, and text that was bridged from elsewhere, is read to its end")
  func embeddedNul() {
    let tokens = tokenizer.encode("best\u{0}cameras")
    #expect(spelling(tokens).hasSuffix("cameras"))
  }

  @Test("Many threads at once get the same tokens as one alone")
  func concurrency() async {
    let expected = TrainedModel.titles.map(tokenizer.encode)
    await withTaskGroup(of: [[Int32]].self) { group in
      for _ in 0..<16 { group.addTask { [tokenizer] in TrainedModel.titles.map(tokenizer.encode) } }
      for await tokens in group { #expect(tokens == expected) }
    }
  }
}
