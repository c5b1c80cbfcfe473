import Dataset
import Inference
import Records
import RunFixtures
import Settings
import Storage
import SystemPackage
import Testing
import Torch

@testable import Runs

/// Runs that begin with given weights, side by side in one folder.
protocol WeightsPlace {
  var folder: TemporaryFolder { get }
  var data: TinyData { get }
}

extension WeightsPlace {
  func path(_ name: String) -> FilePath { folder.path.appending(name) }
  func run(_ name: String) -> RunFolder { RunFolder(path(name)) }
  func given(_ name: String = "vit") throws -> GivenWeights {
    GivenWeights(backbone: try GivenBackbone(reading: path(name)))
  }

  /// The configuration of a fit from these weights, as the command makes it.
  func configuration(
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

  func fit(
    _ configuration: RunConfiguration, from weights: GivenWeights?, in name: String,
    source: (any VideoSource)? = nil, only: Int? = nil, fullData: Bool = false, vectors: FilePath? = nil,
    report: @escaping (FitEvent) throws -> Void = { _ in }
  ) throws {
    let fit = try Fit(
      configuration: configuration, annotations: data.annotations, source: source ?? data.source,
      tokenizer: data.tokenizer, weights: weights, vectors: vectors, folder: run(name),
      runtime: TinyData.runtime(), cacheBytes: 1 << 20, report: report)
    _ = try fit.run(only: only)
    if fullData { try fit.trainOnAllVideos() }
  }

  func weights(_ name: String, fold: Int) throws -> Safetensors {
    try ModelFolder.weights(run(name).model(fold))
  }

  func difference(_ file: Safetensors, _ wanted: [String: Tensor]) throws -> Double {
    try wanted.filter { !$0.key.hasPrefix("head.") }.map { name, tensor in
      (try file.tensor("backbone.\(name)") - tensor).absolute().maximum().item
    }.max() ?? .infinity
  }
}
