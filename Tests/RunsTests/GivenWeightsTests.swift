import Batching
import Configuration
import Dataset
import Foundation
import Inference
import Models
import NN
import Pretrained
import RunFixtures
import Storage
import Synchronization
import SystemPackage
import Testing
import Torch
import Training

@testable import Runs

@Suite("A fit from given weights") struct GivenWeightsTests {
  let folder: TemporaryFolder
  let data: TinyData

  init() throws {
    folder = try TemporaryFolder()
    data = try TinyData(in: folder.path)
    try PublishedFolder.writeTimm(to: folder.path.appending("vit"))
  }

  private func path(_ name: String) -> FilePath { folder.path.appending(name) }
  private func run(_ name: String) -> RunFolder { RunFolder(path(name)) }
  private func given(_ name: String = "vit") throws -> GivenWeights {
    GivenWeights(backbone: try GivenBackbone(reading: path(name)))
  }

  /// The configuration of a fit from these weights, as the command makes it.
  private func configuration(
    _ weights: GivenWeights, isFrozen: Bool = false, _ more: String...
  ) throws -> RunConfiguration {
    var reader = try ConfigurationReader(.tiny)
    let description = try #require(weights.backbone?.description)
    _ = try reader.start(from: description, inputSize: nil, isFrozen: isFrozen)
    let tiny = [
      "folds=2",
      "text_encoder={hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 32}",
      "text={title: 4, speech: 3, on_screen_text: 3}", "frames.maximum_frames=2", "training.epochs=2",
      "training.batch_size=2",
    ]
    for setting in tiny + more { try reader.override(setting) }
    return try reader.configuration()
  }

  private func fit(
    _ configuration: RunConfiguration, from weights: GivenWeights?, in name: String,
    source: (any VideoSource)? = nil, only: Int? = nil, fullData: Bool = false,
    report: @escaping (FitEvent) throws -> Void = { _ in }
  ) throws {
    let fit = try Fit(
      configuration: configuration, annotations: data.annotations, source: source ?? data.source,
      tokenizer: data.tokenizer, weights: weights, folder: run(name), runtime: TinyData.runtime(),
      cacheBytes: 1 << 20, report: report)
    _ = try fit.run(only: only)
    if fullData { try fit.trainOnAllVideos() }
  }

  private func weights(_ name: String, fold: Int) throws -> Safetensors {
    try ModelFolder.weights(run(name).model(fold))
  }

  private func difference(_ file: Safetensors, _ wanted: [String: Tensor]) throws -> Double {
    try wanted.filter { !$0.key.hasPrefix("head.") }.map { name, tensor in
      (try file.tensor("backbone.\(name)") - tensor).absolute().maximum().item
    }.max() ?? .infinity
  }

  @Test("The backbone begins with the published weights and learns from there; the run keeps them")
  func learning() throws {
    let weights = try given()
    let configuration = try configuration(
      weights, "training.learning_rate.backbone=1e-6", "training.average.weights=trained")
    #expect(
      configuration.weights.backbone == .given
        && configuration.framing == Framing(.centerCrop, crop: 0.8, .bicubic))
    try fit(configuration, from: weights, in: "run")
    for fold in 0..<2 {
      let change = try difference(try self.weights("run", fold: fold), PublishedFolder.weights())
      #expect(change > 0 && change < 1e-4, "\(change)")
    }
    let kept = try Safetensors(run("run").start)
    #expect(try difference(kept, PublishedFolder.weights()) == 0)
    #expect(kept.names.allSatisfy { $0.hasPrefix("backbone.") })
    let inputs = try JSONText.read(RunInputs.self, from: run("run").inputs)
    let published = try PublishedBackbone(reading: path("vit")).fingerprint
    #expect(inputs.backbone == published)
  }

  @Test("A run goes on without the folder of its weights, with the same result; other weights are refused")
  func resumed() throws {
    let weights = try given()
    let configuration = try configuration(weights)
    try fit(configuration, from: weights, in: "whole")
    try fit(configuration, from: weights, in: "stopped", only: 0)
    try FileManager.default.removeItem(atPath: path("vit").string)
    try fit(configuration, from: nil, in: "stopped")
    #expect(try differences(path("whole"), path("stopped")) == [])

    try PublishedFolder.writeTimm(to: path("other"), weights: PublishedFolder.weights(seed: 9))
    expectError(.usage, saying: "other weights in --backbone") {
      try fit(configuration, from: try given("other"), in: "stopped")
    }
    // A new run of that configuration would begin with noise.
    expectError(.missingInput, saying: "give --backbone again") {
      try fit(configuration, from: nil, in: "new")
    }
  }

  @Test("Weights that do not fit are all named before anything is trained")
  func misfit() throws {
    var tensors = PublishedFolder.weights()
    tensors["norm.weight"] = .zeros([3])
    tensors["pos_embed"] = nil
    tensors["norm_pre.weight"] = .zeros([3])
    try PublishedFolder.writeTimm(to: path("bad"), weights: tensors)
    let weights = try given("bad")
    let configuration = try configuration(weights)
    expectError(
      .badData, saying: "'norm.weight' is [3]", "'pos_embed'", "'norm_pre.weight' belongs to no layer"
    ) {
      try fit(configuration, from: weights, in: "run")
    }
    tensors = PublishedFolder.weights()
    tensors["norm.bias"] = .full([16], .nan)
    try PublishedFolder.writeTimm(to: path("nan"), weights: tensors)
    expectError(.badData, saying: "norm.bias", "not finite") {
      try fit(configuration, from: try given("nan"), in: "nan-run")
    }
  }

  // MARK: Frozen

  /// Frames whose reading is counted.
  private final class CountedSource: VideoSource {
    let source: any VideoSource
    private let reads = CountedReads()

    init(_ source: any VideoSource) { self.source = source }

    var vectorSize: Int? { nil }
    var ids: [String] { source.ids }
    var count: Int { reads.count }

    func fingerprint(of ids: some Sequence<String>) throws -> String { try source.fingerprint(of: ids) }

    func content(of id: String) -> VideoContent {
      reads.note()
      return source.content(of: id)
    }
  }

  @Test(
    "A frozen backbone sees each frame once for all folds, epochs and repetitions, and its model reads frames"
  )
  func frozen() throws {
    let weights = try given()
    let configuration = try configuration(weights, isFrozen: true)
    let source = CountedSource(data.source)
    try fit(configuration, from: weights, in: "run", source: source)
    #expect(source.count == data.annotations.count)
    for fold in 0..<2 {
      #expect(try difference(try self.weights("run", fold: fold), PublishedFolder.weights()) == 0)
    }
    // The saved models predict from frames what the fold predicted from vectors.
    let held = try Prediction.read(run("run").predictions(0))
    let ensemble = try Ensemble(reading: run("run").model(0), runtime: TinyData.runtime())
    let annotations = held.compactMap { row in data.annotations.first { $0.id == row.id } }
    var predicted: [Prediction] = []
    _ = try ensemble.predict(annotations, source: data.source) { predicted += $0 }
    for (one, other) in zip(held, predicted) {
      #expect(one.id == other.id && abs(one.probability - other.probability) < 1e-4)
    }
    // All videos, another seed, another rate: the vectors are there.
    var second = configuration
    second.seed = 5
    let again = CountedSource(data.source)
    let fit = try Fit(
      configuration: second, annotations: data.annotations, source: again, tokenizer: data.tokenizer,
      weights: weights, vectors: run("run").vectors, folder: run("second"), runtime: TinyData.runtime(),
      cacheBytes: 0
    ) { _ in }
    _ = try fit.run()
    try fit.trainOnAllVideos()
    #expect(again.count == 0)
  }

  @Test(
    "Frozen begins as an unfrozen backbone at rate 0 does: the first loss is the same, and the backbone stays as it was"
  )
  func equalsUncached() throws {
    let weights = try given()
    let frozen = try configuration(weights, isFrozen: true, "training.average.weights=trained")
    var slow = frozen
    slow.optimization.unfreezing = .init()
    slow.optimization.learningRate.backbone = 0
    var losses: [Double] = []
    for (name, configuration) in [("frozen", frozen), ("slow", slow)] {
      try fit(configuration, from: weights, in: name, only: 0) { event in
        if case .step(let step) = event, step.step == 1 { losses.append(step.loss) }
      }
    }
    #expect(losses.count == 2 && abs(losses[0] - losses[1]) < 1e-4, "\(losses)")
    let (one, other) = (try self.weights("frozen", fold: 0), try self.weights("slow", fold: 0))
    #expect(one.names == other.names)
    for name in one.names where name.hasPrefix("backbone.") {
      #expect(try one.tensor(name).isIdentical(to: try other.tensor(name)))
    }
  }

  @Test(
    "Random changes of frames are refused with a frozen backbone, or stored ahead, which changes what is learnt"
  )
  func views() throws {
    let weights = try given()
    expectError(.usage, saying: "training.augmentation.frames", "training.unfreezing.views") {
      _ = try configuration(weights, isFrozen: true, "training.augmentation.frames.flip=true")
    }
    let plain = try configuration(weights, isFrozen: true)
    let changed = try configuration(
      weights, isFrozen: true, "training.augmentation.frames.flip=true", "training.unfreezing.views=3")
    try fit(plain, from: weights, in: "plain", only: 0)
    let source = CountedSource(data.source)
    try fit(changed, from: weights, in: "changed", source: source, only: 0)
    #expect(source.count == 4 * data.annotations.count)
    let name = "fusion.embeddings.visual_projection.weight"
    #expect(
      !(try self.weights("plain", fold: 0).tensor(name).isIdentical(
        to: try self.weights("changed", fold: 0).tensor(name))))
  }

  @Test("A backbone that begins at random is not kept from learning")
  func frozenNoise() {
    expectError(.usage, saying: "begins at random", "--backbone") {
      _ = try TinyData.configuration("training.unfreezing={start: 1, end: 1}")
    }
  }

  // MARK: Two stages

  @Test("Each fold takes its own backbone of an earlier run, and so does the training on all videos")
  func twoStages() throws {
    let first = try TinyData.configuration("modality=video")
    _ = try data.makeFit(first, in: path("video")).run()
    let weights = try given("video")
    let second = try configuration(weights, isFrozen: true)
    #expect(second.backbone == first.backbone && second.framing == first.framing)
    try fit(second, from: weights, in: "both")
    var backbones: [[Float]] = []
    for fold in 0..<2 {
      let name = "backbone.cls_token"
      let own = try self.weights("both", fold: fold).tensor(name)
      #expect(own.isIdentical(to: try self.weights("video", fold: fold).tensor(name)))
      backbones.append(own.values(Float.self))
    }
    #expect(backbones[0] != backbones[1])
    expectError(.missingInput, saying: "no model of all videos") {
      try fit(second, from: weights, in: "both", fullData: true)
    }
  }

  @Test("A fold whose videos an earlier backbone has seen is refused, and so is one model without its run")
  func leaks() throws {
    let first = try TinyData.configuration("modality=video")
    _ = try data.makeFit(first, in: path("video")).run(only: 0)
    let weights = try given("video")
    expectError(.badData, saying: "judged by videos that they have seen") {
      try fit(try configuration(weights, "fold_seed=2"), from: weights, in: "other")
    }
    expectError(.missingInput, saying: "fold 1 is not finished there") {
      try fit(try configuration(weights), from: weights, in: "both")
    }
    expectError(.badData, saying: "give the run's folder") { _ = try given("video/fold-00/model") }
  }

  @Test("Stored vectors leave nothing for a backbone to do")
  func storedVectors() throws {
    let weights = try given()
    let source = MemorySource(vectorSize: 2, contents: ["v0": .features([1, 2], dimension: 2)])
    expectError(.badData, saying: "--frames holds vectors") {
      try fit(try configuration(weights), from: weights, in: "run", source: source)
    }
  }
}

private final class CountedReads: Sendable {
  private let reads = Mutex(0)
  var count: Int { reads.withLock { $0 } }
  func note() { reads.withLock { $0 += 1 } }
}
