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
    "word_piece",
  ]

  static func folder(_ name: String) -> FilePath {
    FilePath(Bundle.module.bundleURL.appending(path: "Fixtures/published/\(name)").path)
  }

  private static func expected(_ name: String) throws -> Expected {
    try JSONDecoder().decode(
      Expected.self, from: Data(try Files.read(folder(name).appending("expected.json"))))
  }

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
        "roberta", "\"special\":true", "\"special\":false",
        "added_tokens[0] adds a token that text is searched for"
      ),
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

  @Test("A model of merges under XLM-R's name, and one that begins otherwise, are refused")
  func foreignSentencePiece() throws {
    let error = #expect(throws: TokenizerError.self) {
      _ = try PublishedTokenizer(sentencePiece: TrainedModel.bytes, path: "sentencepiece.bpe.model")
    }
    #expect(error?.description.contains("XLM-R") == true, "\(error?.description ?? "")")
  }

  @Test("A word of a hundred thousand characters is taken apart in time that grows with its length")
  func longWords() throws {
    let long = String(repeating: "很长", count: 20_000)
    for name in ["roberta", "xlm_roberta"] {
      #expect(try TokenizerFile(reading: Self.folder(name)).tokenizer.encode(long).count > 10)
    }
  }
}
