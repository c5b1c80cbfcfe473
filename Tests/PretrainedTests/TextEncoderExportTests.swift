import Models
import NN
import RunFixtures
import Storage
import SystemPackage
import Testing
import Text
import Torch

@testable import Pretrained

/// A text encoder that is exported is read back as the same, with its tokenizer.
@Suite struct TextEncoderExportTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try Folder.create(path("original"))
  }

  private func path(_ name: String) -> FilePath { folder.path.appending(name) }

  private func weights(_ text: PublishedTextEncoder) throws -> ParameterStore {
    let store = ParameterStore(sources: [text.source(at: "text")])
    _ = TextEncoder(store.root["text"], text.configuration)
    try store.finish()
    return store
  }

  /// - Returns: what was read, and what is read of its export.
  private func exported(
    _ tokenizer: TokenizerFile? = nil, to layout: BackboneExport.Layout = .huggingFace
  ) throws -> (PublishedTextEncoder, PublishedTextEncoder) {
    let original = try PublishedTextEncoder(reading: path("original"))
    try TextEncoderExport(
      original.configuration, tokenizer ?? original.tokenizer, try weights(original), under: "text.",
      to: layout
    ).write(to: path("exported"))
    return (original, try PublishedTextEncoder(reading: path("exported")))
  }

  /// With random weights.
  private func export(_ bert: BERT.Configuration, _ tokenizer: TokenizerFile) throws {
    let store = ParameterStore(seed: 2)
    _ = TextEncoder(store.root["text"], .bert(bert))
    try TextEncoderExport(.bert(bert), tokenizer, store, under: "text.", to: .huggingFace)
      .write(to: path("exported"))
  }

  /// Those of the tests of text.
  private static let tokenizers = FilePath(#filePath).removingLastComponent().removingLastComponent()
    .appending("TextTests/Fixtures/published")

  @Test(
    "An export is read back with all settings, every tensor under the name that transformers wrote, and the same tokens",
    arguments: TextEncoderParityTests.families)
  func readBack(family: String) throws {
    let model = try TextEncoderParityTests.model(family)
    // transformers numbers places by what is no padding.
    let padding = ["roberta", "xlm_roberta"].contains(family) ? 1 : 0
    try TextEncoderParityTests.write(model, padding: padding, to: path("original"))
    let (original, again) = try exported()
    #expect(again.configuration == original.configuration)
    let (wanted, found) = (try weights(original).weights, try weights(again).weights)
    #expect(wanted.map(\.name) == found.map(\.name))
    for (one, other) in zip(wanted, found) {
      #expect(one.tensor.isIdentical(to: other.tensor), "\(one.name)")
    }
    let stored = Set(model.tensors.keys.map(Self.bare))
    #expect(Set(again.weights.file.names) == stored.filter { !$0.hasPrefix("pooler.") && !Self.isHead($0) })
    let text = "w1 w33 nothing w2"
    #expect(again.tokenizer.tokenizer.encode(text) == original.tokenizer.tokenizer.encode(text))
    #expect(again.tokenizer.tokenizer.special == original.tokenizer.tokenizer.special)
  }

  private static func bare(_ name: String) -> String {
    let prefix = ["roberta.", "model.", "deberta."].first { name.hasPrefix($0) } ?? ""
    return String(name.dropFirst(prefix.count))
  }

  private static func isHead(_ name: String) -> Bool {
    ["cls.", "lm_head.", "head.", "decoder."].contains { name.hasPrefix($0) }
  }

  @Test(
    "Tokenizers of all kinds come along, and say which class of transformers they are of",
    arguments: [
      ("roberta_slow", "RobertaTokenizer", "roberta"),
      ("xlm_roberta_slow", "PreTrainedTokenizerFast", "xlm-roberta"),
      ("deberta", "PreTrainedTokenizerFast", "xlm-roberta"),
      ("modernbert", "PreTrainedTokenizerFast", "roberta"),
      ("xlm_roberta", "PreTrainedTokenizerFast", "xlm-roberta"),
    ])
  func tokenizers(name: String, kind: String, model: String) throws {
    let tokenizer = try TokenizerFile(reading: Self.tokenizers.appending(name))
    let rows = tokenizer.tokenizer.vocabularySize
    let padding = Int(tokenizer.tokenizer.special.padding)
    var bert = PublishedFolder.roberta
    (bert.vocabularySize, bert.positionOffset) = (rows, padding + 1)
    bert.positions = 24
    try export(bert, tokenizer)
    let again = try PublishedTextEncoder(reading: path("exported"))
    let text = "The daily news ＡＢＣ 新浪财经 |||PHONE|||"
    #expect(again.tokenizer.tokenizer.encode(text) == tokenizer.tokenizer.encode(text))
    #expect(again.tokenizer.tokenizer.special == tokenizer.tokenizer.special)
    #expect(again.configuration == .bert(bert) && again.name == "Hugging Face's \(model)")
    let settings = String(
      decoding: try Files.read(path("exported/tokenizer_config.json")), as: UTF8.self)
    #expect(settings.contains("\"tokenizer_class\": \"\(kind)\""))
    #expect(settings.contains("\"model_max_length\": 24"))
    #expect(!kind.hasPrefix("Pre") || settings.contains("\"pad_token\": "))
    #expect(!settings.contains("token_type_ids"))
  }

  @Test(
    "A tokenizer.json that names no token beside its vocabulary is exported as well, and types are told of where there are any"
  )
  func withoutAddedTokens() throws {
    var text = String(
      decoding: try Files.read(Self.tokenizers.appending("xlm_roberta/tokenizer.json")), as: UTF8.self)
    let added = try #require(text.firstRange(of: "\"added_tokens\":["))
    let end = try #require(text[added.upperBound...].firstIndex(of: "]"))
    let file = path("original/tokenizer.json")
    text.replaceSubrange(added.lowerBound...end, with: "\"added_tokens\":null")
    try AtomicFile.write(text, to: file)
    let tokenizer = try TokenizerFile(reading: file)
    var bert = PublishedFolder.bert
    bert.vocabularySize = tokenizer.tokenizer.vocabularySize
    try export(bert, tokenizer)
    let settings = String(decoding: try Files.read(path("exported/tokenizer_config.json")), as: UTF8.self)
    #expect(settings.contains(#""mask_token": "<mask>""#) && settings.contains("token_type_ids"))
  }

  @Test("A WordPiece tokenizer that is cased and leaves accents and Chinese characters alone stays so")
  func wordPiece() throws {
    try PublishedFolder.writeBERT(to: path("original"))
    try AtomicFile.write(
      #"{"do_lower_case": false, "strip_accents": false, "tokenize_chinese_chars": false}"#,
      to: path("original/tokenizer_config.json"))
    let (original, again) = try exported()
    #expect(again.tokenizer == original.tokenizer)
  }

  @Test("A SentencePiece model becomes the tokenizer.json that makes the same tokens")
  func sentencePiece() throws {
    let shipped = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
      .appending("vocab/zh-en-8k.model")
    let tokenizer = try TokenizerFile(reading: shipped)
    var bert = PublishedFolder.bert
    bert.vocabularySize = tokenizer.tokenizer.vocabularySize
    try export(bert, tokenizer)
    let again = try PublishedTextEncoder(reading: path("exported")).tokenizer.tokenizer
    let text = "新浪财经 the daily news 龘😀"
    #expect(again.encode(text) == tokenizer.tokenizer.encode(text))
    #expect(again.special == tokenizer.tokenizer.special)
  }

  @Test("An export that ends before its weights are there leaves no settings of what was there before")
  func ended() throws {
    try PublishedFolder.writeBERT(to: path("original"))
    try Folder.create(path("exported/model.safetensors"))  // which no file can be written over
    try AtomicFile.write("{}", to: path("exported/config.json"))
    #expect(throws: (any Error).self) { try exported() }
    #expect(!Folder.exists(path("exported/config.json")))
  }

  @Test("A folder that is not there is missing input")
  func missing() {
    expectError(.missingInput, saying: "original/nothing") {
      _ = try PublishedTextEncoder(reading: path("original/nothing"))
    }
  }

  @Test(
    "What the other library does not have is refused, and so is a folder with the tokenizer of another model")
  func refused() throws {
    try PublishedFolder.writeBERT(to: path("original"))
    expectError(.usage, saying: "timm has no text encoders") { _ = try exported(to: .timm) }
    let roberta = try TextEncoderParityTests.model("roberta")
    try TextEncoderParityTests.write(roberta, to: path("original"))
    expectError(.usage, saying: "row 2", "padding of the tokenizer is 0") { _ = try exported() }
    try TextEncoderParityTests.write(roberta, padding: 1, to: path("original"))
    try Folder.create(path("exported"))
    try AtomicFile.write("{}", to: path("exported/spm.model"))
    expectError(.usage, saying: "spm.model is no part of this tokenizer") { _ = try exported() }
    #expect(!Folder.exists(path("exported/model.safetensors")))
    let store = ParameterStore(seed: 2)
    expectError(.usage, saying: "from tokenizer.json alone", "merges.txt and vocab.json") {
      _ = try TextEncoderExport(
        .modernBERT(PublishedFolder.modernBERT),
        try TokenizerFile(reading: Self.tokenizers.appending("roberta_slow")), store, under: "",
        to: .huggingFace)
    }
  }
}
