import Dataset
import Foundation
import Inference
import Models
import Pretrained
import Records
import RunFixtures
import Settings
import Storage
import SystemPackage
import Testing
import Text
import Torch

@testable import Runs

@Suite("A fit from a given text encoder") struct TextEncoderRunTests {
  let folder: TemporaryFolder
  let data: TinyData

  init() throws {
    folder = try TemporaryFolder()
    data = try TinyData(in: folder.path)
    try PublishedFolder.writeBERT(to: folder.path.appending("bert"))
    try PublishedFolder.writeBERT(
      to: folder.path.appending("modernbert"), configuration: PublishedFolder.modernBERTConfiguration,
      weights: PublishedFolder.modernBERTWeights())
    try PublishedFolder.writeTimm(to: folder.path.appending("vit"))
  }

  private func path(_ name: String) -> FilePath { folder.path.appending(name) }

  private func configuration(_ weights: GivenWeights, _ settings: [String] = []) throws -> RunConfiguration {
    var reader = try ConfigurationReader(.tiny)
    if let backbone = weights.backbone?.description {
      _ = try reader.start(from: backbone, inputSize: nil, isFrozen: true)
    }
    if let text = weights.text { _ = try reader.start(from: text) }
    for setting in [
      "folds=2", "text={title: 4, speech: 3, on_screen_text: 3}", "frames.maximum_frames=2",
      "training.epochs=1",
      "training.batch_size=2", "training.learning_rate={embeddings: 1e-6, fusion: 1e-6}",
      "training.average.weights=trained",
    ] + settings { try reader.override(setting) }
    return try reader.configuration()
  }

  private func fit(
    _ configuration: RunConfiguration, _ weights: GivenWeights?, in name: String,
    _ tokenizer: PublishedTextEncoder
  ) throws {
    let fit = try Fit(
      configuration: configuration, annotations: data.annotations, source: data.source,
      tokenizer: tokenizer.tokenizer,
      weights: weights, folder: RunFolder(path(name)), runtime: TinyData.runtime(), cacheBytes: 1 << 20
    ) { _ in }
    _ = try fit.run()
  }

  @Test(
    "The fusion encoder begins with the given weights, beside a frozen backbone, and its model predicts",
    arguments: [
      ("bert", Streams.Kind.single), ("bert", .dual), ("modernbert", .single), ("modernbert", .dual),
    ])
  func fusion(name: String, streams: Streams.Kind) throws {
    let text = try PublishedTextEncoder(reading: path(name))
    let weights = GivenWeights(backbone: try GivenBackbone(reading: path("vit")), text: text)
    let configuration = try configuration(weights, ["streams.kind=\(streams.rawValue)"])
    #expect(
      configuration.textEncoder.positions == 24 && configuration.textEncoder.vocabularySize == 10)
    try fit(configuration, weights, in: "run", text)
    let run = RunFolder(path("run"))
    let model = try ModelFolder.weights(run.model(1))
    let given =
      name == "bert"
      ? PublishedFolder.bertWeights(prefix: "") : PublishedFolder.modernBERTWeights(prefix: "")
    for (name, wanted) in given where !["pooler.", "cls.", "decoder."].contains(where: name.hasPrefix) {
      let change = (try model.tensor("fusion.\(name)") - wanted).absolute().maximum().item
      #expect(change < 1e-4, "\(name)")
    }
    let kept = try Safetensors(run.start).names
    #expect(
      kept.allSatisfy { name in !["visual_projection", "r_layers", "x_layers"].contains { name.contains($0) }
      })
    _ = try Ensemble(reading: run.path, runtime: TinyData.runtime())
    // It goes on without the folders, with the tokenizer that it kept.
    try FileManager.default.removeItem(atPath: run.predictions(1).string)
    try FileManager.default.removeItem(atPath: path(name).string)
    #expect(try TokenizerFile(reading: run.tokenizer) == text.tokenizer)
    try fit(configuration, nil, in: "run", text)
  }
}
