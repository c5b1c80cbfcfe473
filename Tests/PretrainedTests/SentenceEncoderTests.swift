import Models
import NN
import RunFixtures
import Storage
import SystemPackage
import Testing
import Text
import Torch

@testable import Pretrained

@Suite("Folders of sentence-transformers") struct SentenceEncoderTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let transformer =
    #"{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}"#
  private static let pooling =
    #"{"idx": 1, "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}"#
  private static let normalize =
    #"{"idx": 2, "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}"#

  private func write(modules: [String], pooling: String) throws {
    try PublishedFolder.writeBERT(to: folder.path)
    try AtomicFile.write("[\(modules.joined(separator: ", "))]", to: folder.path.appending("modules.json"))
    try AtomicFile.write(#"{"max_seq_length": 4}"#, to: folder.path.appending("sentence_bert_config.json"))
    try Folder.create(folder.path.appending("1_Pooling"))
    try AtomicFile.write(pooling, to: folder.path.appending("1_Pooling/config.json"))
  }

  /// The last hidden states of a text that is `[CLS] ball game [SEP]`.
  private func hidden() throws -> Tensor {
    let text = try PublishedTextEncoder(reading: folder.path)
    let store = ParameterStore(sources: [text.source(at: "text")])
    let model = TextEncoder(store.root["text"], text.configuration)
    return model(PackedText(tokens: Tensor([2, 5, 6, 3] as [Int64]), lengths: [4]), .evaluation).hidden
  }

  @Test(
    "A text's vector is the first token's or the mean of all, as the folder says, and of length 1 where it says so",
    arguments: [
      (
        #"{"word_embedding_dimension": 16, "pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false}"#,
        true
      ),
      (
        #"{"pooling_mode_mean_tokens": true, "pooling_mode_cls_token": false, "include_prompt": true}"#, false
      ),
      (#"{"embedding_dimension": 16, "pooling_mode": "cls"}"#, true), (#"{"pooling_mode": "mean"}"#, false),
    ])
  func pooled(pooling: String, isFirst: Bool) throws {
    for normalizes in [false, true] {
      try write(
        modules: [Self.transformer, Self.pooling] + (normalizes ? [Self.normalize] : []), pooling: pooling)
      let encoder = try SentenceEncoder(reading: folder.path)
      #expect(encoder.tokens(of: " ball game tea cup ") == [2, 5, 6, 3])  // four tokens at most
      let found = encoder(["ball", "ball game tea"]).selected(0, 1)
      let all = try hidden()
      var wanted = isFirst ? all.selected(0, 0) : all.mean(along: 0)
      if normalizes { wanted = wanted / (wanted * wanted).sum().squareRoot() }
      #expect((found - wanted).absolute().maximum().item < 1e-5)
    }
  }

  @Test(
    "A text is cut where the folder says, and what would make another text of it refuses the folder by its name",
    arguments: [
      ("sentence_bert_config.json", #"{"max_seq_length": 5, "do_lower_case": false}"#, 5, ""),
      ("tokenizer_config.json", #"{"model_max_length": 6}"#, 4, ""),
      ("sentence_bert_config.json", #"{"do_lower_case": true}"#, 0, "do_lower_case is true"),
      ("sentence_bert_config.json", #"{"processing_kwargs": {"text": {}}}"#, 0, "processing_kwargs"),
      ("sentence_bert_config.json", #"{"max_seq_length": 1}"#, 0, "max_seq_length leaves no room"),
      ("sentence_roberta_config.json", "{}", 0, "sentence_roberta_config.json"),
      ("config_sentence_transformers.json", #"{"default_prompt_name": "query"}"#, 0, "default_prompt_name"),
      ("config_sentence_transformers.json", #"{"default_prompt_name": null, "prompts": {}}"#, 4, ""),
      ("tokenizer_config.json", #"{"truncation_side": "left"}"#, 0, "truncation_side"),
    ])
  func texts(file: String, content: String, longest: Int, reason: String) throws {
    try write(modules: [Self.transformer, Self.pooling], pooling: #"{"pooling_mode": "mean"}"#)
    try AtomicFile.write(content, to: folder.path.appending(file))
    guard longest == 0 else {
      #expect(try SentenceEncoder(reading: folder.path).longestText == longest)
      return
    }
    let error = #expect(throws: (any Error).self) { try SentenceEncoder(reading: folder.path) }
    #expect("\(try #require(error))".contains(reason), "\(String(describing: error))")
  }

  @Test("Without a length of its own a text is cut where the tokenizer says")
  func cutByTheTokenizer() throws {
    try write(modules: [Self.transformer, Self.pooling], pooling: #"{"pooling_mode": "mean"}"#)
    try Folder.removeFile(folder.path.appending("sentence_bert_config.json"))
    try AtomicFile.write(#"{"model_max_length": 3}"#, to: folder.path.appending("tokenizer_config.json"))
    #expect(try SentenceEncoder(reading: folder.path).longestText == 3)
  }

  @Test(
    "Another step or pooling refuses the folder",
    arguments: [
      (
        [transformer, pooling], #"{"pooling_mode_max_tokens": true, "pooling_mode_mean_tokens": false}"#,
        "pooling_mode_max_tokens is true"
      ),
      (
        [transformer, pooling], #"{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": true}"#,
        "neither the first token"
      ),
      ([transformer, pooling], #"{"pooling_mode": "attention"}"#, "neither the first token"),
      ([transformer, pooling], #"{"pooling_mode": "mean", "tau": 2}"#, "tau is not understood"),
      ([transformer], #"{"pooling_mode": "mean"}"#, "lists Transformer"),
      (
        [transformer, pooling, #"{"path": "2_Dense", "type": "sentence_transformers.models.Dense"}"#],
        #"{"pooling_mode": "mean"}"#, "Dense"
      ),
      (
        [transformer, #"{"path": "../x", "type": "a.Pooling"}"#], #"{"pooling_mode": "mean"}"#,
        "Pooling without a folder"
      ),
    ])
  func refused(modules: [String], pooling: String, reason: String) throws {
    try write(modules: modules, pooling: pooling)
    expectError(.badData, saying: folder.path.string, reason) {
      _ = try SentenceEncoder(reading: folder.path)
    }
  }
}
