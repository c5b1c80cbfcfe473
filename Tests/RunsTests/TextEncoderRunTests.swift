import Dataset
import Foundation
import Inference
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
    try PublishedFolder.writeTimm(to: folder.path.appending("vit"))
  }

  private func path(_ name: String) -> FilePath { folder.path.appending(name) }

  private func configuration(_ weights: GivenWeights) throws -> RunConfiguration {
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
    ] { try reader.override(setting) }
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

  @Test("The fusion encoder begins with the given weights, beside a frozen backbone, and its model predicts")
  func fusion() throws {
    let text = try PublishedTextEncoder(reading: path("bert"))
    let weights = GivenWeights(backbone: try GivenBackbone(reading: path("vit")), text: text)
    let configuration = try configuration(weights)
    #expect(
      configuration.textEncoder.maximumPositions == 24 && configuration.textEncoder.vocabularySize == 10)
    try fit(configuration, weights, in: "run", text)
    let run = RunFolder(path("run"))
    let model = try ModelFolder.weights(run.model(1))
    for (name, wanted) in PublishedFolder.bertWeights(prefix: "")
    where !name.hasPrefix("pooler.") && !name.hasPrefix("cls.") {
      let change = (try model.tensor("fusion.\(name)") - wanted).absolute().maximum().item
      #expect(change < 1e-4, "\(name)")
    }
    #expect(try Safetensors(run.start).names.allSatisfy { !$0.contains("visual_projection") })
    _ = try Ensemble(reading: run.path, runtime: TinyData.runtime())
    // It goes on without the folders, with the tokenizer that it kept.
    try FileManager.default.removeItem(atPath: run.predictions(1).string)
    try FileManager.default.removeItem(atPath: path("bert").string)
    #expect(try TokenizerFile(reading: run.tokenizer) == text.tokenizer)
    try fit(configuration, nil, in: "run", text)
  }
}
