import Foundation
import Storage
import SystemPackage
import Testing

@testable import Text

struct TokenizerFileTests {
  private static func withFolder(_ body: (FilePath) throws -> Void) throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "framewise-\(UUID())")
    try Folder.create(FilePath(url.path))
    defer { try? FileManager.default.removeItem(at: url) }
    try body(FilePath(url.path))
  }

  @Test("A SentencePiece model saved into a model folder is found there again")
  func sentencePiece() throws {
    try Self.withFolder { folder in
      try TokenizerFile.sentencePiece(TrainedModel.tokenizer()).save(into: folder)
      #expect(try Files.read(folder.appending("tokenizer.model")) == TrainedModel.bytes)
      let tokenizer = try TokenizerFile(reading: folder).tokenizer
      #expect(tokenizer.encode("新浪财经") == (try TrainedModel.tokenizer().encode("新浪财经")))
    }
  }

  @Test("A WordPiece vocabulary is saved with its settings, so a cased model stays cased")
  func wordPiece() throws {
    try Self.withFolder { folder in
      let cased = try WordPieceTokenizerTests.tokenizer(
        WordPieceTokenizerTests.specials + ["A", "a"], BasicTokenizer(lowercases: false))
      try TokenizerFile.wordPiece(cased).save(into: folder)
      #expect(try TokenizerFile(reading: folder).tokenizer.encode("A a") == [5, 6])
      #expect(try TokenizerFile(reading: folder.appending("vocab.txt")).tokenizer.encode("A a") == [5, 6])
    }
  }

  @Test("Settings of others are read as far as they concern the tokens")
  func foreignSettings() throws {
    try Self.withFolder { folder in
      let pieces = WordPieceTokenizerTests.specials + ["A", "é"]
      try AtomicFile.write(pieces.map { $0 + "\n" }.joined(), to: folder.appending("vocab.txt"))
      try AtomicFile.write(
        #"{"do_lower_case": false, "strip_accents": null, "model_max_length": 512}"#,
        to: folder.appending("tokenizer_config.json"))
      #expect(try TokenizerFile(reading: folder).tokenizer.encode("A é") == [5, 6])
    }
  }

  @Test(
    "A vocabulary of another tokenizer than BERT's is refused, unless tokenizer.json says what it is",
    arguments: [
      (#"{"tokenizer_class": "BertJapaneseTokenizer"}"#, "\"BertJapaneseTokenizer\""),
      (#"{"word_tokenizer_type": "mecab"}"#, "word_tokenizer_type is \"mecab\""),
      (#"{"do_basic_tokenize": false}"#, "do_basic_tokenize is false"),
      (#"{"never_split": ["a"]}"#, "never_split"),
    ])
  func foreignClass(settings: String, reason: String) throws {
    try Self.withFolder { folder in
      let pieces = WordPieceTokenizerTests.specials + ["a"]
      try AtomicFile.write(pieces.map { $0 + "\n" }.joined(), to: folder.appending("vocab.txt"))
      try AtomicFile.write(settings, to: folder.appending("tokenizer_config.json"))
      let error = #expect(throws: TokenizerError.self) { try TokenizerFile(reading: folder) }
      #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
      let described = PublishedTokenizerTests.folder("word_piece").appending("tokenizer.json")
      try AtomicFile.write(Files.read(described), to: folder.appending("tokenizer.json"))
      #expect(try TokenizerFile(reading: folder).tokenizer.vocabularySize > 100)
    }
  }

  @Test("What is no tokenizer is named with its path")
  func failures() throws {
    try Self.withFolder { folder in
      let empty = #expect(throws: TokenizerError.self) { try TokenizerFile(reading: folder) }
      #expect(empty?.kind == .missingInput)
      let missing = #expect(throws: TokenizerError.self) {
        try TokenizerFile(reading: folder.appending("a.model"))
      }
      #expect(missing?.kind == .missingInput)
      #expect(missing?.description.contains("a.model") == true)
      #expect(throws: TokenizerError.self) { try TokenizerFile(reading: folder.appending("weights.bin")) }
      try AtomicFile.write("a\n", to: folder.appending("vocab.txt"))
      try AtomicFile.write(#"{"do_lower_case": "no"}"#, to: folder.appending("tokenizer_config.json"))
      let settings = #expect(throws: TokenizerError.self) { try TokenizerFile(reading: folder) }
      #expect(settings?.description.contains("tokenizer_config.json") == true)
    }
  }
}
