import Testing

@testable import Text

@Suite("Words of tokens") struct SpelledWordTests {
  private func words(_ text: String, _ tokenizer: any Tokenizer) -> [SpelledWord] {
    SpelledWord.words(of: tokenizer.encode(text), by: tokenizer)
  }

  /// As it is drawn.
  private func drawn(_ words: [SpelledWord]) -> String {
    words.map { ($0.isApart ? " " : "") + $0.text }.joined()
  }

  @Test(
    "WordPiece: pieces that go on a word are of it, marks and Chinese characters stand alone, unknown words say so"
  )
  func wordPiece() throws {
    let tokenizer = try WordPieceTokenizerTests.tokenizer(
      WordPieceTokenizerTests.specials + ["soup", "##s", "##py", "今", "天", "!"])
    let found = words("Soups, souppys今天 !", tokenizer)
    #expect(found.map(\.text) == ["soups", "[UNK]", "souppys", "今", "天", "!"])
    #expect(found.map(\.tokens) == [0..<2, 2..<3, 3..<6, 6..<7, 7..<8, 8..<9])
    #expect(drawn(found) == "soups [UNK] souppys 今天 !")
  }

  @Test("SentencePiece: a word goes from one space to the next, in Chinese each piece stands alone")
  func sentencePiece() throws {
    let tokenizer = try TrainedModel.tokenizer()
    let found = words("the dailyx news 新浪财经review, of", tokenizer)
    #expect(drawn(found) == "the dailyx news 新浪财经review, of")
    #expect(
      found.map(\.text).filter { $0.allSatisfy(\.isASCII) } == ["the", "dailyx", "news", "review", ",", "of"])
    #expect(found.first { $0.text == "dailyx" }.map { $0.tokens.count > 1 } == true)
    #expect(found.filter { $0.text.contains { !$0.isASCII } }.allSatisfy { $0.tokens.count <= 2 })
  }

  @Test("A character in bytes is one word again")
  func bytes() throws {
    let found = words("the \u{1F9A9} news", try TrainedModel.tokenizer())
    #expect(drawn(found) == "the \u{1F9A9} news" && found.count == 3)
    #expect(found[1].tokens.count > 2)
  }

  @Test(
    "Published tokenizers: words are those of the text, whatever the pieces",
    arguments: PublishedTokenizerTests.folders)
  func published(_ name: String) throws {
    let tokenizer = try TokenizerFile(reading: PublishedTokenizerTests.folder(name)).tokenizer
    for text in ["the news of today", "unbelievably longish wordings", "a b c"] {
      let found = words(text, tokenizer)
      guard !found.contains(where: { $0.text == "[UNK]" }) else { continue }
      #expect(found.map(\.text).joined(separator: " ") == text, "\(found)")
    }
  }

  @Test(
    "Every token is of exactly one word, whatever stands in the text",
    arguments: PublishedTokenizerTests.folders)
  func complete(_ name: String) throws {
    let tokenizer = try TokenizerFile(reading: PublishedTokenizerTests.folder(name)).tokenizer
    for text in [
      "", "今天, the 日の出 e\u{301}\u{302} \u{1F469}\u{200D}\u{1F680}x", "\u{0}\u{FFFF} a\u{200B}b — «c»",
    ] {
      let found = words(text, tokenizer)
      #expect(found.flatMap { Array($0.tokens) } == Array(tokenizer.encode(text).indices))
      #expect(found.allSatisfy { !$0.tokens.isEmpty } && found.first?.isApart != true)
    }
  }
}
