import SystemPackage
import Testing

@testable import Text

struct ShippedVocabularyTests {
  let tokenizer: SentencePieceTokenizer

  init() throws {
    let root = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
    tokenizer = try SentencePieceTokenizer(reading: root.appending("vocab").appending("zh-en-8k.model"))
  }

  @Test("The shipped model has 8,000 pieces and the special tokens of the models trained here")
  func size() {
    #expect(tokenizer.vocabularySize == 8000)
    #expect(
      tokenizer.special == SpecialTokens(padding: 0, unknown: 1, classification: 2, separator: 3, mask: 4))
  }

  @Test("Everyday Chinese is spelt in characters and words, English in words, nothing in bytes")
  func everydayText() {
    let text = "新浪财经11月27日开盘播报：妇女无力承担母亲医疗费欲卧轨，获民警解救！ The daily news of the world (2024) 100% @home"
    let pieces = tokenizer.encode(text).map { tokenizer.pieces[Int($0)] }
    #expect(!pieces.contains { $0.hasPrefix("<0x") }, "\(pieces)")
    #expect(pieces.contains("医疗") && pieces.contains("▁the"), "\(pieces)")
    #expect(pieces.count < text.count, "\(pieces)")
  }

  @Test("It has a piece for every character of ASCII")
  func ascii() {
    let pieces = Set(tokenizer.pieces)
    #expect((UInt8(0x21)...0x7E).map { String(UnicodeScalar($0)) }.filter { !pieces.contains($0) } == [])
  }
}
