import Batching
import Dataset
import Foundation
import Inference
import Models
import Pretrained
import Records
import RunFixtures
import Settings
import Storage
import Synchronization
import SystemPackage
import Testing
import Torch
import Training

@testable import Runs

@Suite("A fit from given weights") struct GivenWeightsTests: WeightsPlace {
  let folder: TemporaryFolder
  let data: TinyData

  init() throws {
    folder = try TemporaryFolder()
    data = try TinyData(in: folder.path)
    try PublishedFolder.writeTimm(to: folder.path.appending("vit"))
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
    // And leaves nothing behind that would refuse the weights once they are given.
    try fit(configuration, from: try given("other"), in: "new", only: 0)
  }

  @Test("Weights that do not fit are all named before anything is made, so that others may be given instead")
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
      try fit(configuration, from: try given("nan"), in: "run")
    }
    #expect(!Folder.exists(run("run").path))
    try fit(configuration, from: try given(), in: "run", only: 0)
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
    // Published weights have seen none of the videos: others may be trained on the vectors.
    let name = try #require(try Folder.names(in: run("run").vectors).first)
    let vectors = try VideoSources.open(run("run").vectors.appending(name))
    let published = try #require(weights.backbone).description.name
    #expect(vectors.vectorOrigin == VectorFolder.Origin(backbone: published))
    _ = try data.fit(
      try TinyData.configuration("training.maximum_steps=1"), in: path("of-vectors"), source: vectors, only: 0
    )
  }

  @Test("What could not be read is told as often as vectors serve, not only where they are computed")
  func damage() throws {
    var contents = Dictionary(
      uniqueKeysWithValues: data.annotations.map { ($0.id, data.source.content(of: $0.id)) })
    guard case .frames(var jpegs) = contents["v3"] else { preconditionFailure("tiny data holds frames") }
    jpegs[1] = [1, 2, 3]
    contents["v3"] = .frames(jpegs)
    contents["v4"] = .missing(reason: "is cut short")
    let source = MemorySource(contents: contents)
    let weights = try given()
    let configuration = try configuration(weights, isFrozen: true, "training.maximum_steps=1")
    var told: [[String]] = []
    for name in ["first", "second"] {
      var messages: [String] = []
      try fit(
        configuration, from: weights, in: name, source: source, only: 0, vectors: run("first").vectors
      ) { event in
        if case .warning(let warning) = event { messages.append(warning.message) }
      }
      told.append(messages)
    }
    #expect(told[0] == told[1])
    for message in told {
      #expect(message.contains { $0.contains("1 frame of 1 video (v3) cannot be decoded") })
      #expect(message.contains { $0.contains("1 video (v4) cannot be read") && $0.contains("is cut short") })
    }
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
