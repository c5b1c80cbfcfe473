import Foundation
import JSONSchema
import Models
import NN
import ParityFixtures
import Storage
import Testing
import Torch

/// Every backbone against its published implementation, on random weights in float32.
@Suite struct BackboneTests {
  static let fixtures = [
    "vit", "vit_larger", "vit_mean", "clip", "siglip", "dinov2", "dinov2_registers", "dinov2_smaller",
    "dinov3", "dinov3_biases", "swin", "swin_smaller", "swin_v2", "swin_v2_windows",
    "resnet_basic", "resnet_bottleneck", "resnest", "convnext", "convnext_v2",
    "efficientnet", "efficientnet_tf", "efficientnet_tf_lite",
  ]

  /// - Parameter changes: settings that are to be others than the fixture's.
  private func load(_ name: String, changes: [String: JSONValue] = [:]) throws -> (
    ParityFixture, ParameterStore, BackboneConfiguration, any Backbone
  ) {
    let fixture = try ParityFixture(name)
    let settings = try fixture.configuration([String: JSONValue].self).merging(changes) { $1 }
    let configuration = try JSONDecoder().decode(
      BackboneConfiguration.self, from: JSONEncoder().encode(settings))
    let store = ParameterStore()
    // What was made for another size of the input has tables of that size.
    let file = ResizedPositions(fixture.file, for: configuration, antialias: true)
    let model = configuration.model(
      store.root.reading(file, under: "weight.", ignoring: [".num_batches_tracked"]))
    try store.finish()
    return (fixture, store, configuration, model)
  }

  @Test("a backbone's vectors and all gradients equal timm's to 1e-4", arguments: fixtures)
  func parity(name: String) throws {
    let (fixture, store, configuration, model) = try load(name)
    let input = try fixture.tensor("input")
    input.requiresGradient = true
    #expect(input.shape.dropFirst() == [3, configuration.imageSize, configuration.imageSize])
    let pooled = model(input, .evaluation)
    #expect(pooled.size(1) == configuration.vectorSize)
    #expect(maximumDifference(pooled, try fixture.tensor("output.pooled")) <= 1e-4)

    (pooled * (try fixture.tensor("probe"))).sum().backward()
    try fixture.expectGradients(of: store)
    let gradient = try #require(input.gradient)
    let wanted = try fixture.tensor("gradient.input")
    #expect(maximumDifference(gradient, wanted) <= ParityFixture.bound(wanted))
  }

  @Test(
    "a setting that does not show in the shapes decides the numbers: with another value the vectors are others",
    arguments: [
      ("vit", "activation", .string("gelu_tanh")), ("vit", "norm_eps", .number(1e-5)),
      ("vit_mean", "global_pool", .string("token")), ("clip", "activation", .string("gelu")),
      ("clip", "norm_eps", .number(1e-6)), ("siglip", "activation", .string("gelu")),
      ("dinov3", "global_pool", .string("token")),
      (
        "swin_v2_windows", "pretrained_window_sizes",
        .array([.number(0), .number(0), .number(0), .number(0)])
      ),
      ("swin", "shifted_windows", .string("transformers")),
      ("swin", "norm_eps", .number(1e-6)), ("swin_v2", "activation", .string("gelu_tanh")),
      ("convnext", "norm_eps", .number(1e-5)), ("convnext_v2", "activation", .string("gelu_tanh")),
      ("efficientnet", "bn_eps", .number(1e-3)), ("efficientnet", "padding", .string("same")),
      ("efficientnet", "activation", .string("relu")), ("efficientnet_tf", "bn_eps", .number(1e-5)),
      ("efficientnet_tf", "padding", .string("symmetric")),
      ("efficientnet_tf_lite", "activation", .string("relu")),
    ] as [(String, String, JSONValue)])
  func decisiveSettings(name: String, key: String, value: JSONValue) throws {
    let (fixture, _, _, model) = try load(name, changes: [key: value])
    let vectors = model(try fixture.tensor("input"), .evaluation)
    #expect(maximumDifference(vectors, try fixture.tensor("output.pooled")) > 1e-4)
  }

  @Test("a frame's vector is the same whichever frames are computed with it", arguments: fixtures)
  func independence(name: String) throws {
    let (fixture, _, _, model) = try load(name)
    let input = try fixture.tensor("input")
    let together = model(input, .evaluation)
    let bound = 1e-5 * max(1, together.absolute().maximum().item)
    for frame in 0..<input.size(0) {
      let alone = model(input.narrowed(0, frame..<frame + 1), .evaluation)
      #expect(maximumDifference(alone, together.narrowed(0, frame..<frame + 1)) <= bound)
    }
  }

  @Test(
    "a bfloat16 replica of a backbone keeps its vectors to a few parts in a hundred, and learns in the same direction",
    arguments: fixtures)
  func bfloat16(name: String) throws {
    let (fixture, store, configuration, _) = try load(name)
    let replicas = Replicas(of: store, as: .bfloat16, on: Cores(1)) { configuration.model($0) }
    try replicas.refresh()
    let wanted = try fixture.tensor("output.pooled")
    let found = replicas.models[0](try fixture.tensor("input").to(.bfloat16), .evaluation)
    #expect(found.type == .bfloat16)
    #expect(maximumDifference(found, wanted) <= 0.05 * wanted.absolute().maximum().item)

    (found.to(.float32) * (try fixture.tensor("probe"))).sum().backward()
    try replicas.collectGradients()
    var (whole, behind) = (Alignment(), Alignment())
    for parameter in store.parameters where fixture.file.contains("gradient.\(parameter.name)") {
      let gradient = try #require(parameter.tensor.gradient, "\(parameter.name)")
      let exact = try fixture.tensor("gradient.\(parameter.name)")
      // Tables of positions for another size of the input have gradients of that size.
      guard gradient.shape == exact.shape else { continue }
      whole.add(gradient, exact)
      let isInFront = ["patch_embed.", "layers.0."].contains { parameter.name.hasPrefix($0) }
      if !isInFront { behind.add(gradient, exact) }
    }
    // Where a ReLU's input is near 0, rounding decides whether anything passes. Swin V2 normalises what a branch gives, which
    // enlarges the rounding where that varies little over the channels: the first stage of this fixture has four. timm in
    // bfloat16 is at 0.56 there, and at 0.99 behind it.
    let isSmall = name == "swin_v2"
    #expect(whole.cosine > (isSmall ? 0.5 : 0.9) && (!isSmall || behind.cosine > 0.97))
  }

  /// How much gradients point the same way.
  private struct Alignment {
    private var (product, own, other) = (0.0, 0.0, 0.0)

    mutating func add(_ gradient: Tensor, _ exact: Tensor) {
      product += (gradient * exact).sum().item
      own += gradient.power(2).sum().item
      other += exact.power(2).sum().item
    }

    var cosine: Double { product / (own * other).squareRoot() }
  }

  @Test(
    "training normalises by the batch and moves the statistics as PyTorch does, by each part of it where it is split",
    arguments: ["resnet_basic", "resnet_bottleneck", "resnest", "efficientnet", "efficientnet_tf_lite"])
  func trainingStatistics(name: String) throws {
    let (fixture, store, _, model) = try load(name)
    let before = store.buffers.map { $0.tensor.clone() }
    let input = try fixture.tensor("input")
    input.requiresGradient = true
    let pass = TrainingPass(seed: 1)
    let pooled = model(input, .training(pass))
    #expect(maximumDifference(pooled, try fixture.tensor("training.output.pooled")) <= 1e-4)
    (pooled * (try fixture.tensor("probe"))).sum().backward()
    let wanted = try fixture.tensor("training.gradient.input")
    #expect(maximumDifference(try #require(input.gradient), wanted) <= ParityFixture.bound(wanted))

    // A pass alone changes nothing: it may be thrown away.
    #expect(zip(store.buffers, before).allSatisfy { $0.tensor.isIdentical(to: $1) })
    BatchStatistics.apply([pass.statistics])
    for buffer in store.buffers {
      let wanted = try fixture.tensor("training.\(buffer.name)")
      #expect(maximumDifference(buffer.tensor, wanted) <= 1e-5, "\(buffer.name)")
    }
  }

  @Test("frozen statistics normalise as in evaluation, and are noted nowhere")
  func frozenStatistics() throws {
    let fixture = try ParityFixture("resnet_basic")
    guard case .resNet(var configuration) = try fixture.configuration(BackboneConfiguration.self) else {
      return
    }
    configuration.frozenStatistics = true
    let store = ParameterStore()
    let model = ResNet(fixture.weights(in: store, ignoring: [".num_batches_tracked"]), configuration)
    try store.finish()
    let pass = TrainingPass(seed: 1)
    let pooled = model(try fixture.tensor("input"), .training(pass))
    #expect(maximumDifference(pooled, try fixture.tensor("output.pooled")) <= 1e-4)
    #expect(pass.statistics.isEmpty)
  }

  @Test("two backbones side by side give their vectors side by side, each of pixels as it wants them")
  func pair() throws {
    let names = ["efficientnet", "efficientnet_tf_lite"]
    let fixtures = try names.map { try ParityFixture($0) }
    let parts = try fixtures.map { try $0.configuration(BackboneConfiguration.self) }
    #expect(parts[0].normalization != parts[1].normalization)
    let configuration = BackbonePair.Configuration(first: parts[0], second: parts[1])
    func scope(_ place: Scope, _ number: Int) -> Scope {
      place.reading(fixtures[number].file, under: "weight.", ignoring: [".num_batches_tracked"])
    }
    let store = ParameterStore()
    let model = BackbonePair(
      first: scope(store.root["first"], 0), second: scope(store.root["second"], 1), configuration)
    try store.finish()
    let input = try fixtures[0].tensor("input")
    let vectors = model(input, .evaluation).split(parts.map(\.vectorSize), along: 1)
    #expect(maximumDifference(vectors[0], try fixtures[0].tensor("output.pooled")) <= 1e-4)

    // The same picture as the second one wants it: back to 0…1, then by its own mean and deviation.
    let (one, other) = (parts[0].normalization, parts[1].normalization)
    let channels = (0..<3).map { channel in
      let light = input.narrowed(1, channel..<channel + 1) * one.deviation[channel] + one.mean[channel]
      return (light + -other.mean[channel]) / other.deviation[channel]
    }
    let alone = parts[1].model(scope(ParameterStore().root, 1))
    #expect(maximumDifference(vectors[1], alone(.concatenated(channels, along: 1), .evaluation)) <= 1e-4)
  }

  @Test(
    "windows whose tables would fill the memory are refused, the largest that anybody uses are not",
    arguments: [
      (4096, 8, 64, true), (4096, 4, 64, true), (1024, 1, 9, true), (4096, 4, 7, false), (1024, 4, 16, false),
      (1024, 4, 32, false),
    ])
  func windows(size: Int, patch: Int, window: Int, isRefused: Bool) {
    let configuration = SwinTransformer.Configuration(
      imageSize: size, patchSize: patch, embeddingSize: 96, depths: [256, 256, 256, 256],
      heads: [3, 6, 12, 24], windowSize: window)
    var checks = SettingChecks()
    configuration.check(&checks)
    #expect((checks.problem?.key == "window_size") == isRefused, "\(checks.problem?.reason ?? "")")
    guard !isRefused else { return }
    #expect(checks.problem == nil)
  }

  private struct PublishedSize: Decodable {
    let parameters: Int
    let keys: Int
    let crc32: String
    /// What does not show in the shapes.
    let settings: [String: JSONValue]
  }

  @Test(
    "published sizes have the names, shapes, number of parameters, activation and epsilon that timm's have",
    arguments: BackboneConfiguration.published.keys.sorted())
  func sizes(name: String) throws {
    let sizes = try JSONDecoder().decode(
      [String: PublishedSize].self,
      from: Data(contentsOf: Bundle.module.bundleURL.appending(path: "Fixtures/published.json")))
    #expect(sizes.keys.sorted() == BackboneConfiguration.published.keys.sorted())
    let wanted = try #require(sizes[name])
    let configuration = try #require(BackboneConfiguration.published[name])
    var checks = SettingChecks()
    configuration.check(&checks)
    #expect(checks.problem == nil)

    let store = ParameterStore(on: .shapesOnly)
    _ = configuration.model(store.root)
    let keys = store.weights.map { "\($0.name) \($0.tensor.shape)" }.sorted()
    var checksum = Checksum()
    checksum.add(Array(keys.joined(separator: "\n").utf8))
    #expect(store.count == wanted.parameters)
    #expect(keys.count == wanted.keys)
    #expect(checksum.text == wanted.crc32)

    let written = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(configuration))
    for (key, value) in wanted.settings where written[key] != nil {
      #expect(written[key] == value, "\(key)")
    }
  }

  @Test("an architecture that is not known is refused, with those that are")
  func unknown() throws {
    #expect {
      try JSONText.decode(BackboneConfiguration.self, from: Array(#"{"architecture": "alexnet"}"#.utf8))
    } throws: { "\($0)".contains("is 'alexnet', must be vit, resnet") }
  }
}
