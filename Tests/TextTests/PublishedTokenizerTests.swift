import Foundation
import Storage
import SystemPackage
import Testing

@testable import Text

/// Folders that `scripts/make_published_tokenizer_fixtures.py` wrote.
@Suite("Tokenizers as they are published") struct PublishedTokenizerTests {
  struct Expected: Decodable {
    struct Case: Decodable {
      let text: String
      let tokens: [Int32]
    }
    let size: Int
    let special: [String: Int32]
    let cases: [Case]
  }

  static let folders = [
    "roberta", "roberta_slow", "byte_level_prefix", "xlm_roberta", "xlm_roberta_slow", "xlm_roberta_newer",
    "word_piece", "modernbert", "deberta", "deberta_newer",
  ]

  static func folder(_ name: String) -> FilePath {
    FilePath(Bundle.module.bundleURL.appending(path: "Fixtures/published/\(name)").path)
  }

  private static func expected(_ name: String) throws -> Expected {
    try JSONDecoder().decode(
      Expected.self, from: Data(try Files.read(folder(name).appending("expected.json"))))
  }

  static func texts(_ name: String) throws -> [String] { try expected(name).cases.map(\.text) }

  @Test("Every text gives the tokens of Hugging Face's tokenizers", arguments: folders)
  func parity(_ name: String) throws {
    let expected = try Self.expected(name)
    let tokenizer = try TokenizerFile(reading: Self.folder(name)).tokenizer
    #expect(expected.cases.count >= 60)
    for example in expected.cases {
      #expect(tokenizer.encode(example.text) == example.tokens, "\(example.text.prefix(80))")
    }
    #expect(tokenizer.vocabularySize == expected.size)
    let special = tokenizer.special
    #expect(
      expected.special == [
        "padding": special.padding, "unknown": special.unknown, "classification": special.classification,
        "separator": special.separator, "mask": special.mask,
      ])
  }

  @Test("XLM-R's own model has its pieces one further on than SentencePiece, and the mask behind all of them")
  func shift() throws {
    let path = Self.folder("xlm_roberta_slow").appending("sentencepiece.bpe.model")
    let pieces = try SentencePieceModelFile(Files.read(path)).pieces
    let tokenizer = try TokenizerFile(reading: path).tokenizer
    #expect(tokenizer.special.mask == Int32(pieces.count + 1) && tokenizer.vocabularySize == pieces.count + 2)
    let letter = try #require(pieces.firstIndex { $0.text == "a" })
    #expect(tokenizer.encode("a").last == Int32(letter + 1))
  }

  @Test("A title that spells special tokens is text", arguments: folders)
  func specialTokensInText(_ name: String) throws {
    let tokenizer = try TokenizerFile(reading: Self.folder(name)).tokenizer
    let special = tokenizer.special
    let tokens = tokenizer.encode("a <s> </s> <mask><pad> [SEP][CLS] [MASK] b")
    #expect(tokens.count > 10)
    #expect(
      !tokens.contains {
        [special.padding, special.classification, special.separator, special.mask].contains($0)
      })
  }

  @Test("A tokenizer that is saved is found again with the same files", arguments: folders)
  func saved(_ name: String) throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "framewise-\(UUID())")
    try Folder.create(FilePath(url.path))
    defer { try? FileManager.default.removeItem(at: url) }
    let file = try TokenizerFile(reading: Self.folder(name))
    try file.save(into: FilePath(url.path))
    #expect(try TokenizerFile(reading: FilePath(url.path)) == file)
    #expect(try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() == file.fileNames.sorted())
  }

  // MARK: What is refused

  private static func read(_ name: String, _ old: String, _ new: String) throws -> TokenizerFile {
    let path = folder(name).appending("tokenizer.json")
    let text = String(decoding: try Files.read(path), as: UTF8.self)
    try #require(text.contains(old), "\(old)")
    return try TokenizerJSON.read(Array(text.replacing(old, with: new, maxReplacements: 1).utf8), path)
  }

  @Test(
    "What is not computed here refuses the file by its name",
    arguments: [
      ("roberta", "\"type\":\"BPE\"", "\"type\":\"WordLevel\"", "model is a WordLevel"),
      (
        "roberta", "\"pre_tokenizer\":{\"type\":\"ByteLevel\"", "\"pre_tokenizer\":{\"type\":\"Punctuation\"",
        "pre_tokenizer is a Punctuation"
      ),
      ("roberta", "\"byte_fallback\":false", "\"byte_fallback\":true", "model.byte_fallback is not what"),
      ("roberta", "\"dropout\":null", "\"dropout\":0.1", "model.dropout draws tokens"),
      ("roberta", "\"ignore_merges\":false", "\"ignore_merges\":false,\"window\":3", "model has \"window\""),
      ("roberta", "\"normalizer\":null", "\"normalizer\":{\"type\":\"Nmt\"}", "normalizer is a Nmt"),
      (
        "modernbert", "\"single_word\":false", "\"single_word\":true",
        "added_tokens[0].single_word is not what"
      ),
      ("modernbert", "\"lstrip\":false", "\"lstrip\":true", "added_tokens[0].lstrip is not what"),
      ("modernbert", "\"rstrip\":false", "\"rstrip\":true", "added_tokens[0].rstrip is not what"),
      ("roberta", "\"cls\":[\"<s>\"", "\"cls\":[\"<x>\"", "names no token: \"<x>\""),
      ("roberta", "\"vocab\":{\"<s>\":0", "\"vocab\":{\"<s>\":-1", "gives \"<s>\" no token"),
      ("roberta", "\"vocab\":{\"<s>\":0", "\"vocab\":{\"<s>\":99999999999", "gives \"<s>\" no token"),
      ("roberta", "\"vocab\":{\"<s>\":0", "\"vocab\":{\"<pad>\":7,\"<s>\":0", "stands twice"),
      ("roberta", "\"merges\":[[", "\"merges\":[[\"a\",\"nothing\"],[", "merge 1, \"a nothing\""),
      ("roberta", "\"merges\":[[", "\"merges\":[7,[", "model.merges[0] is a number"),
      ("xlm_roberta", "\"unk_id\":3", "\"unk_id\":100000", "unk_id that is no piece"),
      ("xlm_roberta", "\"unk_id\":3", "\"unk_id\":null", "model has no unk_id"),
      ("xlm_roberta", "[\"<s>\",0.0]", "[\"<s>\",0.0,1]", "model.vocab[0] is no piece"),
      ("xlm_roberta", "[\"<s>\",0.0]", "[\"<s>\",\"x\"]", "model.vocab[0][1] is no number"),
      (
        "xlm_roberta", "\"precompiled_charsmap\":\"AAQ", "\"precompiled_charsmap\":\"AAf",
        "normalizer the normalisation table is damaged"
      ),
      (
        "xlm_roberta", "\"precompiled_charsmap\":\"AAQ", "\"precompiled_charsmap\":\"?",
        "normalizer holds no base64"
      ),
      (
        "xlm_roberta", "\"prepend_scheme\":\"always\"", "\"prepend_scheme\":\"often\"",
        "unknown prepend_scheme"
      ),
      ("xlm_roberta_newer", "\"Regex\":\" {2,}\"", "\"Regex\":\"(a+)+\"", "pattern is a regular expression"),
      (
        "xlm_roberta", "\"single\":[", "\"single\":[{\"SpecialToken\":{\"id\":\"<s>\",\"type_id\":0}},",
        "puts other things around"
      ),
      ("xlm_roberta", "\"<mask>\"", "\"<mosk>\"", "the mask"),
      ("word_piece", "\"clean_text\":true", "\"clean_text\":false", "clean_text is not what"),
      ("word_piece", "\"[PAD]\":0", "\"[PAD]\":1", "missing or stands twice"),
      ("word_piece", "{", "[", "not JSON"),
      ("word_piece", "\"special\":true", "\"special\":false", "is searched for in text"),
      (
        "word_piece", "\"post_processor\":null",
        "\"post_processor\":{\"type\":\"BertProcessing\",\"sep\":[\"[PAD]\",0],\"cls\":[\"[CLS]\",2]}",
        "other tokens around a text"
      ),
    ])
  func refused(name: String, old: String, new: String, reason: String) {
    let error = #expect(throws: TokenizerError.self) {
      // The mask is spelled twice: among the tokens and the pieces.
      if old == "\"<mask>\"" {
        let path = Self.folder(name).appending("tokenizer.json")
        let text = String(decoding: try Files.read(path), as: UTF8.self).replacing(old, with: new)
        _ = try TokenizerJSON.read(Array(text.utf8), path)
      } else {
        _ = try Self.read(name, old, new)
      }
    }
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains(Self.folder(name).string) == true && error?.kind == .badData)
    #expect(error?.description.contains { $0.isNewline } == false)
  }

  /// ModernBERT's pre-tokenizer in two steps: a regular expression that cuts, and bytes.
  private static func split(_ expression: String, _ behavior: String = "Isolated") -> String {
    #"{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"\#(expression)"},"#
      + #""behavior":"\#(behavior)","invert":false},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"#
      + #""use_regex":false}]}"#
  }

  private static let byteLevel =
    #"{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}"#

  @Test("Text that GPT-2's expression cuts before it becomes bytes gives the same tokens")
  func expression() throws {
    let expression = TextSplitter.wordExpression.replacing("\\", with: "\\\\")
    let tokenizer = try Self.read("modernbert", Self.byteLevel, Self.split(expression)).tokenizer
    for example in try Self.expected("modernbert").cases {
      #expect(tokenizer.encode(example.text) == example.tokens, "\(example.text.prefix(80))")
    }
  }

  @Test(
    "Another expression, or what would be done with it, refuses the file by its name",
    arguments: [
      (split(#"\\w+"#), "pretokenizers[0].pattern is not the regular expression of GPT-2"),
      (
        split(TextSplitter.wordExpression.replacing("\\", with: "\\\\"), "Removed"),
        "pretokenizers[0].behavior is not what"
      ),
    ])
  func otherExpression(splitter: String, reason: String) {
    let error = #expect(throws: TokenizerError.self) {
      _ = try Self.read("modernbert", Self.byteLevel, splitter)
    }
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
  }

  @Test("Tokens that text is searched for are spelled as they stand in it")
  func addedSpellings() throws {
    let tokenizer = try TokenizerFile(reading: Self.folder("modernbert")).tokenizer
    let tokens = tokenizer.encode("a |||MAIL||| b")
    let found = tokenizer.spellings(of: Set(tokens))
    #expect(tokens.contains { found[$0].map { String(decoding: $0.bytes, as: UTF8.self) } == "|||MAIL|||" })
  }

  @Test("DeBERTa's tokens have SentencePiece's numbers, the mask is behind all of them")
  func debertaNumbers() throws {
    let path = Self.folder("deberta").appending("spm.model")
    let pieces = try SentencePieceModelFile(Files.read(path)).pieces
    let tokenizer = try TokenizerFile(reading: path).tokenizer
    #expect(
      tokenizer.special
        == SpecialTokens(
          padding: 0, unknown: 3, classification: 1, separator: 2, mask: Int32(pieces.count)))
    #expect(tokenizer.vocabularySize == pieces.count + 1)
    let letter = try #require(pieces.firstIndex { $0.text == "a" })
    #expect(tokenizer.encode("a").last == Int32(letter))
  }

  @Test("A DeBERTa that reads small letters does so after it was saved, too")
  func debertaCase() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "framewise-\(UUID())")
    let folder = FilePath(url.path)
    try Folder.create(folder.appending("saved"))
    defer { try? FileManager.default.removeItem(at: url) }
    try AtomicFile.write(
      Files.read(Self.folder("deberta").appending("spm.model")), to: folder.appending("spm.model"))
    try AtomicFile.write(
      #"{"do_lower_case": true, "vocab_type": "spm", "tokenizer_class": "DebertaV2Tokenizer"}"#,
      to: folder.appending("tokenizer_config.json"))
    let file = try TokenizerFile(reading: folder)
    let tokens = try TokenizerFile(reading: Self.folder("deberta")).tokenizer.encode("the cat")
    #expect(file.tokenizer.encode("The CAT") == tokens)
    try file.save(into: folder.appending("saved"))
    #expect(try TokenizerFile(reading: folder.appending("saved")).tokenizer.encode("THE cat") == tokens)
  }

  @Test("A model of merges under XLM-R's name, or DeBERTa's, and one that begins otherwise, are refused")
  func foreignSentencePiece() throws {
    let error = #expect(throws: TokenizerError.self) {
      _ = try PublishedTokenizer(sentencePiece: TrainedModel.bytes, path: "sentencepiece.bpe.model")
    }
    #expect(error?.description.contains("XLM-R") == true, "\(error?.description ?? "")")
    let other = #expect(throws: TokenizerError.self) {
      _ = try PublishedTokenizer(deberta: TrainedModel.bytes, lowercases: false, path: "spm.model")
    }
    #expect(other?.description.contains("DeBERTa") == true, "\(other?.description ?? "")")
  }

  @Test("A word of a hundred thousand characters is taken apart in time that grows with its length")
  func longWords() throws {
    let long = String(repeating: "很长", count: 20_000)
    for name in ["roberta", "xlm_roberta"] {
      #expect(try TokenizerFile(reading: Self.folder(name)).tokenizer.encode(long).count > 10)
    }
  }
}
