import Batching
import Foundation
import Models
import NN
import RunFixtures
import Settings
import Storage
import SystemPackage
import Testing
import Text
import Torch

@testable import Inference

@Suite("A model folder") struct ModelFolderTests {
  let folder: TemporaryFolder
  let store: ParameterStore
  let description: ModelDescription
  let configuration: RunConfiguration
  let tokenizer: TokenizerFile
  var path: FilePath { folder.path.appending("model") }

  init() throws {
    folder = try TemporaryFolder()
    configuration = try TinyData.configuration()
    tokenizer = try TinyData.tokenizer(words: ["tea", "cup"])
    let text = configuration.textEncoder
    let bert = BERT.Configuration(
      vocabularySize: 7, hiddenSize: text.hiddenSize, layers: 1, heads: 2, intermediateSize: 32,
      maximumPositions: configuration.text.sequenceLength)
    description = ModelDescription(
      architecture: .init(
        encoder: .init(
          backbone: configuration.backbone, fusion: .init(text: .bert(bert), visualEmbeddingSize: 16)),
        categories: 3, headDropout: 0.1),
      categories: ["0100", "0101", "0200"], prior: [0.5, 0.25, 0.25], weights: .ema)
    store = ParameterStore(seed: 3)
    _ = VideoTextClassifier(store.root, description.architecture)
    try ModelFolder.write(
      store.weights, description, configuration.input, tokenizer, to: folder.path.appending("model"))
  }

  @Test("What is written is read back: description, input, tokenizer and every bit of the weights")
  func roundTrip() throws {
    let read = try ModelFolder(reading: path, as: .float32, on: .cpu)
    #expect(read.description == description && read.preparation == configuration.input)
    #expect(read.tokenizer == tokenizer)
    func logits(_ model: VideoTextClassifier) -> [Float] {
      withoutGradients {
        let vectors = model.encoder.vectors(of: .frames(.full([2, 3, 16, 16], 0.5)), .evaluation)
        return model(
          tokens: Tensor([2, 5, 6, 3] as [Int64]), vectors: vectors,
          VideoTextLayout(tokenCounts: [4], frameCounts: [2]), .evaluation
        ).logits.values(Float.self)
      }
    }
    #expect(
      logits(read.model)
        == logits(VideoTextClassifier(ParameterStore(seed: 3).root, description.architecture)))
  }

  /// Replaces the first `old` of a JSON file.
  private func edit(_ file: String, _ old: String, _ new: String) throws {
    let url = URL(filePath: path.appending(file).string)
    let text = try String(contentsOf: url, encoding: .utf8)
    let place = try #require(text.range(of: old), "\(text)")
    try text.replacingCharacters(in: place, with: new).write(to: url, atomically: true, encoding: .utf8)
  }

  @Test(
    "Settings that no model can have, or that do not belong together, are refused with file and key",
    arguments: [
      ("config.json", #""framewise-video-text""#, #""other""#, "model_type"),
      ("config.json", #""depth" : 1"#, #""depth" : 1000000000"#, "architecture.backbone.depth"),
      ("config.json", #""depth" : 1"#, #""depth" : "one""#, "depth"),
      ("config.json", #""num_heads" : 2"#, #""num_heads" : 0"#, "architecture.backbone.num_heads"),
      ("config.json", #""num_heads" : 2"#, #""num_heads" : 5"#, "heads"),
      ("config.json", #""patch_size" : 8"#, #""patch_size" : 0"#, "patch_size"),
      ("config.json", #""vocab_size" : 7"#, #""vocab_size" : -7"#, "vocab_size"),
      (
        "config.json", #""visual_embedding_dim" : 16"#, #""visual_embedding_dim" : 17"#,
        "visual_embedding_dim"
      ),
      ("config.json", #""num_labels" : 3"#, #""num_labels" : 4"#, "id2label"),
      ("config.json", #""2" : "0200""#, #""2" : "0100""#, "id2label"),
      ("config.json", #""2" : "0200""#, #""3" : "0200""#, "id2label"),
      ("config.json", "{", "", "JSON"),
      ("preprocessor_config.json", #""image_size" : 16"#, #""image_size" : 32"#, "image_size is 32"),
      ("preprocessor_config.json", #""maximum_frames" : 2"#, #""maximum_frames" : 4000"#, "maximum_frames"),
      ("preprocessor_config.json", #""title" : 4"#, #""title" : 400"#, "text"),
      (
        "config.json", #""num_heads" : 2"#, #""num_heads" : 2, "classtoken" : false"#,
        "architecture.backbone.classtoken: is no setting"
      ),
      ("config.json", #""0200" : 2"#, #""0200" : 1"#, "label2id"),
      ("config.json", #""prior""#, #""pooling" : "mean", "prior""#, "pooling: is no setting"),
      (
        "preprocessor_config.json", #""maximum_frames" : 2"#, #""maximum_frames" : 2, "resample" : 3"#,
        "frames.resample: is no setting"
      ),
      ("preprocessor_config.json", #""modality" : "both""#, #""modality" : "sound""#, "modality"),
    ])
  func settings(file: String, old: String, new: String, saying: String) throws {
    try edit(file, old, new)
    expectError(.badData, saying: file, saying) { _ = try ModelFolder(reading: path, as: .float32, on: .cpu) }
  }

  @Test(
    "Weights of another model are refused, all differences named, however large the model that is asked for"
  )
  func otherWeights() throws {
    try edit("config.json", #""intermediate_size" : 32"#, #""intermediate_size" : 200000"#)
    expectError(
      .badData, saying: "model.safetensors", "encoder.layer.0.intermediate.dense.weight", "output.dense"
    ) {
      _ = try ModelFolder(reading: path, as: .float32, on: .cpu)
    }
  }

  @Test("Weights that are cut short are refused", arguments: [0, 7, 100, 5000])
  func cutWeights(length: Int) throws {
    let weights = path.appending("model.safetensors")
    try Data(try Files.read(weights).prefix(length)).write(to: URL(filePath: weights.string))
    expectError(.badData, saying: "model.safetensors") {
      _ = try ModelFolder(reading: path, as: .float32, on: .cpu)
    }
  }

  @Test("A tokenizer of another size is refused: its numbers would mean other words")
  func otherTokenizer() throws {
    try TinyData.tokenizer(words: ["tea", "cup", "ball"]).save(into: path)
    expectError(.badData, saying: "8 tokens", "7 rows") {
      _ = try ModelFolder(reading: path, as: .float32, on: .cpu)
    }
  }

  @Test(
    "A file that is missing is named",
    arguments: ["config.json", "preprocessor_config.json", "model.safetensors", "vocab.txt"])
  func missing(file: String) throws {
    try FileManager.default.removeItem(atPath: path.appending(file).string)
    expectError(.missingInput, saying: file) { _ = try ModelFolder(reading: path, as: .float32, on: .cpu) }
  }
}
