import Foundation
import Models
import NN
import ParityFixtures
import RunFixtures
import Storage
import SystemPackage
import Testing
import Torch

@testable package import Pretrained

/// Every family of text encoders against what transformers computes of it, on drawn weights in float32, read from a folder.
@Suite("Text encoders as transformers computes them") struct TextEncoderParityTests {
  static let families = [
    "bert", "roberta", "xlm_roberta", "modernbert", "modernbert_authors", "deberta_v3", "deberta_own_keys",
    "deberta_one_term",
  ]

  struct Model: Decodable {
    let config: JSON
    let lengths: [Int]
    let tokens: [Int64]
    let segments: [Int64]?
    let tensors: [String: [Int]]
    let hidden: [Float]
    let pooled: [Float]?
    let gradients: [String: [Float]]

    /// One of other settings, or with more tensors, that nothing is compared with.
    func with(_ other: JSON? = nil, tensors more: [String: [Int]] = [:]) -> Model {
      Model(
        config: other ?? config, lengths: [], tokens: [], segments: nil,
        tensors: tensors.merging(more) { one, _ in one }, hidden: [], pooled: nil, gradients: [:])
    }
  }

  /// Any JSON, to be written again.
  typealias JSON = PublishedSettings.Value

  private struct File: Decodable { let models: [String: Model] }

  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  static func model(_ name: String) throws -> Model {
    let url = Bundle.module.bundleURL.appending(path: "Fixtures/text_encoders.json")
    return try #require(try JSONDecoder().decode(File.self, from: Data(contentsOf: url)).models[name])
  }

  private func read(
    _ model: Model, _ changes: [String: JSON] = [:], without missing: String? = nil
  ) throws -> PublishedTextEncoder {
    try Self.write(model, changes, without: missing, to: folder.path)
    return try PublishedTextEncoder(reading: folder.path)
  }

  /// A folder as `save_pretrained` writes it, with a vocabulary of as many words as there are.
  /// - Parameter padding: the number of the padding among the first five words.
  static func write(
    _ model: Model, _ changes: [String: JSON] = [:], without missing: String? = nil, padding: Int = 0,
    to folder: FilePath
  ) throws {
    guard case .object(var config) = model.config else {
      throw TestProblem(reason: "the settings are no object")
    }
    for (key, value) in changes { config[key] = value }
    try AtomicFile.write(JSON.object(config).json, to: folder.appending("config.json"))
    var tensors = Dictionary(
      uniqueKeysWithValues: model.tensors.map { ($0, DrawnNumbers.tensor($0, $1)) })
    if let missing { tensors[missing] = nil }
    try Safetensors.write(tensors, to: folder.appending("model.safetensors"))
    var words = ["[UNK]", "[CLS]", "[SEP]", "[MASK]"] + (0..<35).map { "w\($0)" }
    words.insert("[PAD]", at: padding)
    try AtomicFile.write(words.map { $0 + "\n" }.joined(), to: folder.appending("vocab.txt"))
  }

  @Test("Hidden states and all gradients of packed texts are those of transformers", arguments: families)
  func parity(name: String) throws {
    let fixture = try Self.model(name)
    let text = try read(fixture)
    let store = ParameterStore(sources: [text.source(at: "text")])
    let model = TextEncoder(store.root["text"], text.configuration, hasPooler: fixture.pooled != nil)
    try store.finish()
    #expect(store.passedOver.allSatisfy { fixture.gradients[$0] == nil })

    let packed = PackedText(
      tokens: Tensor(fixture.tokens), types: fixture.segments.map { Tensor($0) }, lengths: fixture.lengths)
    let (hidden, pooled) = model(packed, .evaluation)
    #expect(maximumDifference(hidden, Tensor(fixture.hidden, shape: hidden.shape)) <= 1e-4)
    if let wanted = fixture.pooled {
      let found = try #require(pooled)
      #expect(maximumDifference(found, Tensor(wanted, shape: found.shape)) <= 1e-4)
    }

    (hidden * DrawnNumbers.tensor("probe", hidden.shape)).sum().backward()
    var compared = 0
    for parameter in store.parameters {
      let own = String(parameter.name.dropFirst("text.".count))
      guard let stored = fixture.gradients.first(where: { $0.key == own || $0.key.hasSuffix("." + own) })
      else {
        #expect((parameter.tensor.gradient?.absolute().maximum().item ?? 0) == 0, "\(own)")
        continue
      }
      let gradient = DrawnNumbers.told(try #require(parameter.tensor.gradient, "\(own)"))
      let wanted = Tensor(stored.value, shape: [stored.value.count])
      let bound = 1e-4 * max(1, wanted.absolute().maximum().item)
      #expect(maximumDifference(gradient, wanted) <= bound, "\(own)")
      compared += 1
    }
    #expect(compared == fixture.gradients.count)
  }

  @Test(
    "Alone and beside others a text has the same hidden states, and so it has in a single stream without frames",
    arguments: families)
  func alone(name: String) throws {
    let fixture = try Self.model(name)
    let text = try read(fixture)
    let store = ParameterStore(sources: [text.fusionSource(at: "fusion")])
    let fusion = SingleStream(
      store.root["fusion"], FusionConfiguration(text: text.configuration, visualEmbeddingSize: 3))
    try store.finish()
    let all = Tensor(fixture.hidden, shape: [fixture.tokens.count, 16])
    var start = 0
    for length in fixture.lengths where fixture.segments == nil {
      let tokens = Array(fixture.tokens[start..<start + length])
      let input = fusion.embedded(tokens: Tensor(tokens), vectors: .zeros([0, 3]))
      let layout = VideoTextLayout(tokenCounts: [length], frameCounts: [0])
      let hidden = fusion(input, type: .float32, layout, .evaluation).hidden
      #expect(maximumDifference(hidden, all.narrowed(0, start..<start + length)) <= 1e-4)
      start += length
    }
  }

  @Test(
    "What decides the numbers and is not computed here refuses the folder by its name",
    arguments: [
      ("modernbert", "hidden_activation", "silu", "hidden_activation is 'silu'"),
      ("modernbert", "norm_bias", true, "norm_bias is true"),
      ("modernbert", "attention_bias", true, "attention_bias is true"),
      ("modernbert", "mlp_bias", true, "mlp_bias is true"),
      (
        "modernbert", "layer_types", ["full_attention", "full_attention", "sliding_attention"],
        "layer_types does not say"
      ),
      ("modernbert", "layer_types", ["full_attention"], "layer_types does not say"),
      (
        "modernbert", "rope_parameters", .object(["full_attention": ["rope_type": "yarn"]]),
        "rope_parameters.full_attention.rope_type is 'yarn'"
      ),
      ("modernbert_authors", "rope_scaling", ["factor": 2], "rope_scaling is an object"),
      ("modernbert", "alibi", true, "alibi is not understood"),
      ("modernbert", "num_attention_heads", 3, "num_attention_heads is 3"),
      ("deberta_v3", "conv_kernel_size", 3, "conv_kernel_size is 3"),
      ("deberta_v3", "relative_attention", false, "relative_attention is not true"),
      ("deberta_v3", "relative_attention", nil, "relative_attention is not true"),
      ("deberta_v3", "pos_att_type", "p2c|p2p", "pos_att_type is 'p2c|p2p'"),
      ("deberta_v3", "norm_rel_ebd", "batch_norm", "norm_rel_ebd is 'batch_norm'"),
      ("deberta_v3", "embedding_size", 8, "embedding_size is 8"),
      ("deberta_v3", "attention_head_size", 4, "attention_head_size is 4"),
      ("deberta_v3", "hidden_act", "relu", "hidden_act is 'relu'"),
      ("deberta_v3", "position_buckets", 64, "position_buckets is 64"),
      ("deberta_v3", "model_type", "deberta", "model_type is 'deberta'"),
    ] as [(String, String, JSON, String)])
  func refused(name: String, key: String, value: JSON, reason: String) throws {
    let model = try Self.model(name)
    expectError(.badData, saying: reason, folder.path.string) { _ = try read(model, [key: value]) }
  }

  @Test(
    "A section's bases count before keys beside it; a local base that is null is the global one, one that is missing 10,000"
  )
  func localBase() throws {
    func base(_ changes: [String: JSON], without key: String? = nil) throws -> [Double] {
      var model = try Self.model("modernbert_authors")
      guard case .object(var config) = model.config else { return [] }
      if let key { config[key] = nil }
      model = model.with(.object(config))
      guard case .modernBERT(let found) = try read(model, changes).configuration else { return [] }
      return [found.globalBase, found.localBase]
    }
    let section: JSON = .object(["sliding_attention": ["rope_theta": 70, "rope_type": "default"]])
    #expect(try base([:]) == [500, 50])
    #expect(try base([:], without: "local_rope_theta") == [500, 10_000])
    #expect(try base(["local_rope_theta": nil]) == [500, 500])
    #expect(try base(["local_rope_theta": nil, "rope_parameters": section]) == [500, 70])
    // Of a section and keys that say otherwise the section counts, each kind for itself.
    #expect(try base(["rope_parameters": section]) == [500, 70])
    let both: JSON = .object([
      "full_attention": ["rope_theta": 900, "rope_type": "default"], "sliding_attention": nil,
    ])
    #expect(try base(["rope_parameters": both]) == [900, 50])
  }

  @Test("A DeBERTa's table of positions is passed over where nothing reads it, and told")
  func unreadPositions() throws {
    let model = try Self.model("deberta_v3").with(tensors: [
      "deberta.embeddings.position_embeddings.weight": [16, 16]
    ])
    let text = try read(model)
    for source in [text.source(at: "text"), text.fusionSource(at: "text")] {
      let store = ParameterStore(sources: [source])
      _ = TextEncoder(store.root["text"], text.configuration)
      try store.finish()
      #expect(store.passedOver.contains { $0.hasSuffix("embeddings.position_embeddings.weight") })
    }
  }

  @Test("A tensor that is missing is named", arguments: ["modernbert", "deberta_v3"])
  func missing(name: String) throws {
    let model = try Self.model(name)
    let key = try #require(
      model.tensors.keys.sorted().first { $0.contains("layer") && $0.hasSuffix("weight") })
    let text = try read(model, without: key)
    let store = ParameterStore(sources: [text.source(at: "text")])
    _ = TextEncoder(store.root["text"], text.configuration)
    let error = #expect(throws: CheckpointError.self) { try store.finish() }
    #expect(error?.description.contains("'\(key)'") == true)
  }

  @Test("Weights that no layer reads are named", arguments: ["modernbert", "deberta_v3", "deberta_own_keys"])
  func strangers(name: String) throws {
    var model = try Self.model(name)
    let prefix =
      model.tensors.keys.contains { $0.hasPrefix("embeddings.") }
      ? "" : name == "modernbert" ? "model." : "deberta."
    model = model.with(tensors: ["\(prefix)encoder.adapter.weight": [2, 2]])
    let text = try read(model)
    let store = ParameterStore(sources: [text.source(at: "text")])
    _ = TextEncoder(store.root["text"], text.configuration)
    let error = #expect(throws: CheckpointError.self) { try store.finish() }
    #expect(error?.description.contains("adapter") == true)
  }

  @Test("Published sizes have as many parameters as in transformers", arguments: KnownTextEncoderTests.counts)
  func sizes(name: String, count: Int) throws {
    let configuration = try #require(TextEncoderConfiguration.published[name])
    let store = ParameterStore(on: .shapesOnly)
    _ = TextEncoder(store.root, configuration)
    #expect(store.count == count)
    var checks = SettingChecks()
    configuration.check(&checks)
    #expect(checks.problem == nil)
  }
}

enum KnownTextEncoderTests {
  /// Printed by `scripts/make_text_encoder_fixtures.py --sizes`.
  static let counts: [(String, Int)] = [
    ("bert-base-chinese", 101_677_056), ("roberta-base", 124_055_040), ("xlm-roberta-base", 277_453_056),
    ("xlm-roberta-large", 558_840_832), ("modernbert-base", 149_014_272), ("modernbert-large", 394_781_696),
    ("deberta-v3-xsmall", 70_682_112), ("deberta-v3-small", 141_304_320), ("deberta-v3-base", 183_831_552),
    ("deberta-v3-large", 434_012_160), ("mdeberta-v3-base", 278_218_752),
  ]
}

private struct TestProblem: Error {
  let reason: String
}

extension PublishedSettings.Value: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
  package init(arrayLiteral elements: PublishedSettings.Value...) { self = .list(elements) }
  package init(dictionaryLiteral elements: (String, PublishedSettings.Value)...) {
    self = .object(Dictionary(uniqueKeysWithValues: elements))
  }

  fileprivate var json: String {
    switch self {
    case .object(let members):
      "{" + members.map { "\"\($0)\": \($1.json)" }.joined(separator: ", ") + "}"
    case .list(let elements): "[" + elements.map(\.json).joined(separator: ", ") + "]"
    case .text(let text): "\"\(text)\""
    case .number(let number): Int(exactly: number).map { "\($0)" } ?? "\(number)"
    case .flag(let flag): "\(flag)"
    case .null: "null"
    }
  }
}
