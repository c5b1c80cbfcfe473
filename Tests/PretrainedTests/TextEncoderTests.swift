import Models
import NN
import RunFixtures
import Storage
import SystemPackage
import Testing
import Text
import Torch

@testable import Pretrained

@Suite("Hugging Face's text encoders") struct TextEncoderTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func read(
    _ weights: [String: Tensor]? = nil, _ changes: KeyValuePairs<String, String> = [:]
  ) throws -> PublishedTextEncoder {
    var text = PublishedFolder.bertConfiguration
    for (old, new) in changes { text = text.replacing(old, with: new) }
    try PublishedFolder.writeBERT(to: folder.path, configuration: text, weights: weights)
    return try PublishedTextEncoder(reading: folder.path)
  }

  private func load(_ text: PublishedTextEncoder) throws -> [String: Tensor] {
    let store = ParameterStore(sources: [text.fusionSource(at: "fusion")])
    _ = SingleStream(
      store.root["fusion"], FusionConfiguration(text: text.configuration, visualEmbeddingSize: 3))
    try store.finish()
    return Dictionary(
      uniqueKeysWithValues: store.weights.map { (String($0.name.dropFirst("fusion.".count)), $0.tensor) })
  }

  @Test(
    "A BERT becomes the fusion encoder, whose visual tables are copies of the text's and whose projection is new"
  )
  func fusion() throws {
    let text = try read()
    #expect(text.configuration == .bert(PublishedFolder.bert) && text.tokenizer.tokenizer.vocabularySize == 9)
    let loaded = try load(text)
    let wanted = PublishedFolder.bertWeights(prefix: "")
    for (name, tensor) in loaded where !name.contains("visual") {
      #expect(tensor.isIdentical(to: try #require(wanted[name])), "\(name)")
    }
    for (name, other) in [
      ("visual_token_type_embeddings", "token_type_embeddings"),
      ("visual_position_embeddings", "position_embeddings"),
    ] {
      let own = try #require(loaded["embeddings.\(name).weight"])
      #expect(own.isIdentical(to: try #require(wanted["embeddings.\(other).weight"])))
    }
    #expect(loaded["embeddings.visual_projection.weight"]?.shape == [16, 3])
  }

  @Test(
    "RoBERTa and XLM-R begin their positions behind the padding's number and have one segment, which frames share",
    arguments: ["roberta", "xlm-roberta"])
  func roberta(type: String) throws {
    let configuration = PublishedFolder.robertaConfiguration.replacing("\"roberta\"", with: "\"\(type)\"")
    var weights = PublishedFolder.robertaWeights()
    weights["roberta.embeddings.position_ids"] = Tensor((0..<26).map(Int64.init), shape: [1, 26])
    try PublishedFolder.writeBERT(to: folder.path, configuration: configuration, weights: weights)
    let text = try PublishedTextEncoder(reading: folder.path)
    #expect(text.configuration == .bert(PublishedFolder.roberta) && text.name == "Hugging Face's \(type)")
    let loaded = try load(text)
    for (own, other) in [("token_type", "token_type"), ("position", "position")] {
      let visual = try #require(loaded["embeddings.visual_\(own)_embeddings.weight"])
      #expect(visual.isIdentical(to: try #require(weights["roberta.embeddings.\(other)_embeddings.weight"])))
    }
    let bare = PublishedFolder.robertaWeights(prefix: "")
    try PublishedFolder.writeBERT(to: folder.path, configuration: configuration, weights: bare)
    #expect(try load(try PublishedTextEncoder(reading: folder.path)).keys.sorted() == loaded.keys.sorted())
  }

  @Test(
    "A VisualBERT has visual tables of its own, and its projection, of another backbone's vectors, is passed over"
  )
  func visualBERT() throws {
    let configuration = PublishedFolder.bertConfiguration.replacing(
      "\"model_type\": \"bert\"",
      with: "\"model_type\": \"visual_bert\", \"visual_embedding_dim\": 7, \"bypass_transformer\": false, "
        + "\"special_visual_initialize\": true")
    let store = ParameterStore(seed: 9)
    _ = SingleStream(
      store.root, FusionConfiguration(text: .bert(PublishedFolder.bert), visualEmbeddingSize: 7),
      hasPooler: true)
    let random = Generator(seed: 9)
    var weights = Dictionary(
      uniqueKeysWithValues: store.weights.map {
        ("visual_bert.\($0.name)", Tensor.normal($0.tensor.shape, deviation: 0.2, drawingFrom: random))
      })
    weights["cls.predictions.bias"] = .zeros([10])
    try PublishedFolder.writeBERT(to: folder.path, configuration: configuration, weights: weights)
    let text = try PublishedTextEncoder(reading: folder.path)
    let loaded = try load(text)
    for (name, tensor) in loaded where !name.contains("visual_projection") {
      #expect(tensor.isIdentical(to: try #require(weights["visual_bert.\(name)"])), "\(name)")
    }
    #expect(loaded["embeddings.visual_projection.weight"]?.shape == [16, 3])
    // Two streams have no visual tables: of its own text alone is taken.
    let streams = ParameterStore(sources: [text.fusionSource(at: "fusion", .dual)])
    _ = DualStream(
      streams.root["fusion"],
      FusionConfiguration(
        text: text.configuration, visualEmbeddingSize: 3, streams: Streams(kind: .dual)))
    try streams.finish()
    let words = try #require(streams.weights.first { $0.name.hasSuffix("word_embeddings.weight") })
    #expect(
      words.tensor.isIdentical(to: try #require(weights["visual_bert.embeddings.word_embeddings.weight"])))
    #expect(
      streams.passedOver.contains { $0.contains("visual_position_embeddings") }
        && !streams.weights.contains { $0.name.contains("visual_position_embeddings") })
    let other = configuration.replacing("\"bypass_transformer\": false", with: "\"bypass_transformer\": true")
    try PublishedFolder.writeBERT(to: folder.path, configuration: other, weights: weights)
    expectError(.badData, saying: "bypass_transformer is true") {
      _ = try PublishedTextEncoder(reading: folder.path)
    }
  }

  @Test("A frame and a token of RoBERTa see the positions from the offset on, whatever else is in the batch")
  func positions() throws {
    let vectors = Tensor.normal([3, 3], deviation: 1, drawingFrom: Generator(seed: 5))
    func made(_ offset: Int) -> (SingleStream, ParameterStore) {
      var text = PublishedFolder.roberta
      text.positionOffset = offset
      let store = ParameterStore(seed: 4)
      return (SingleStream(store.root, FusionConfiguration(text: .bert(text), visualEmbeddingSize: 3)), store)
    }
    func hidden(of model: SingleStream) -> Tensor {
      let input = model.embedded(tokens: Tensor([3, 4, 5, 6, 7] as [Int64]), vectors: vectors)
      let layout = VideoTextLayout(tokenCounts: [2, 3], frameCounts: [1, 2])
      return model(input, type: .float32, layout, .evaluation).hidden
    }
    func hidden(_ offset: Int) -> Tensor { hidden(of: made(offset).0) }
    let moved = hidden(2)
    #expect((moved - hidden(0)).absolute().maximum().item > 1e-3)
    // The same numbers where the rows are moved instead.
    let (model, store) = made(0)
    store.assign(
      store.weights.map { weight in
        weight.name.contains("position_embeddings")
          ? weight.tensor.rolled(by: [-2], along: [0]) : weight.tensor.clone()
      })
    #expect(hidden(of: model).isIdentical(to: moved))
  }

  @Test("A tokenizer.model that somebody left beside the encoder's own tokenizer is none of its files")
  func stranger() throws {
    _ = try read()
    try AtomicFile.write("a model of other pieces", to: folder.path.appending("tokenizer.model"))
    #expect(try PublishedTextEncoder(reading: folder.path).tokenizer.tokenizer.vocabularySize == 9)
  }

  @Test("Old spellings, a wrapper's prefix and buffers are those of the same weights")
  func spellings() throws {
    let wanted = try load(try read())
    var old: [String: Tensor] = [:]
    for (name, tensor) in PublishedFolder.bertWeights() {
      let gamma = name.replacing("LayerNorm.weight", with: "LayerNorm.gamma")
      old["module." + gamma.replacing("LayerNorm.bias", with: "LayerNorm.beta")] = tensor
    }
    old["module.bert.embeddings.position_ids"] = Tensor((0..<24).map(Int64.init), shape: [1, 24])
    var bare = PublishedFolder.bertWeights(prefix: "")
    bare["pooler.dense.weight"] = nil
    bare["pooler.dense.bias"] = nil
    for weights in [old, bare] {
      let loaded = try load(try read(weights))
      #expect(loaded.keys.sorted() == wanted.keys.sorted())
      for (name, tensor) in loaded where !name.contains("visual_projection") {
        #expect(tensor.isIdentical(to: try #require(wanted[name])), "\(name)")
      }
    }
    old["module.bert.embeddings.LayerNorm.weight"] = .zeros([16])
    expectError(.badData, saying: "an old and in a new spelling") { _ = try read(old) }
  }

  @Test(
    "What is not computed here refuses the folder by its name",
    arguments: [
      ("\"gelu\"", "\"relu\"", "hidden_act is 'relu', only 'gelu'"),
      ("\"absolute\"", "\"relative_key\"", "position_embedding_type is 'relative_key'"),
      ("\"model_type\": \"bert\"", "\"model_type\": \"deberta\"", "model_type is 'deberta'"),
      ("\"pad_token_id\": 0", "\"embedding_size\": 8", "embedding_size is not understood"),
      ("\"vocab_size\": 10,", "", "vocab_size is missing"),
      ("\"vocab_size\": 10", "\"vocab_size\": 8", "9 tokens"),
      ("\"type_vocab_size\": 2", "\"type_vocab_size\": 0", "type_vocab_size is 0"),
      ("\"num_attention_heads\": 2", "\"num_attention_heads\": 3", "num_attention_heads"),
    ])
  func refused(old: String, new: String, reason: String) {
    expectError(.badData, saying: reason, folder.path.string) { _ = try read(nil, [old: new]) }
  }

  @Test("A tensor of no known head, and ten thousand of them, are refused in one line that is not long")
  func strangers() throws {
    var weights = PublishedFolder.bertWeights()
    weights["lstm.weight"] = .zeros([1])
    expectError(.badData, saying: "lstm.weight") { _ = try read(weights) }
    weights["lstm.weight"] = nil
    for number in 0..<10_000 { weights["bert.adapter.\(number)"] = .zeros([1]) }
    let text = try read(weights)
    let error = #expect(throws: CheckpointError.self) { _ = try load(text) }
    #expect(error?.problems.count == 10_000)
    #expect((error?.description.count ?? 0) < 2000 && error?.description.contains("and 9980 more") == true)
  }
}
