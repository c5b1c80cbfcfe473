import Batching
import Dataset
import Inference
import Models
import NN
import Settings
import Storage
import SystemPackage
import Tasks
import Text
import Torch
import Training

/// A trainer of a preset with some settings, and random videos for it.
struct Bench {
  static let categories = 100
  private static let vocabularySize = 8000

  let configuration: RunConfiguration
  let architecture: VideoTextClassifier.Configuration
  let task: Classification
  let trainer: Trainer<Classification>
  let runtime: Runtime
  private let preset: Preset

  init(_ preset: Preset, _ settings: [String], _ runtime: Runtime) throws {
    var reader = try ConfigurationReader(preset)
    for setting in settings { try reader.override(setting) }
    let configuration = try reader.configuration()
    self.preset = preset
    self.runtime = runtime
    self.configuration = configuration
    architecture = configuration.architecture(
      vocabularySize: Self.vocabularySize, vectorSize: nil, parents: Array(0..<Self.categories))
    task = Classification(
      configuration.classification, architecture, counts: Array(repeating: 20, count: Self.categories),
      samplingExponent: 1, parents: Array(0..<Self.categories), modality: configuration.modality)
    let tokenizer = try TokenizerFile(reading: "vocab/zh-en-8k.model")
    let videos = Array(0..<2000)
    trainer = try Trainer(
      task, number: 0, seed: 1, sampler: Sampler(videos: videos, labels: videos, exponent: 1),
      reader: SampleReader(
        annotations: [], source: NoPictures(), tokenizer: tokenizer.tokenizer,
        preparation: configuration.input,
        targets: [], cacheBytes: 0),
      frames: configuration.frames, vectorSize: architecture.encoder.vectorSize, configuration.optimization,
      runtime)
  }

  var batchSize: Int { configuration.optimization.batchSize }

  /// Random videos of one step: of the tiny preset as TitleClips has them, 35 tokens and 5 frames on average; of others 8 frames
  /// and 10 to 128 tokens.
  func batch(using random: inout SeededGenerator) -> Batch {
    let size = configuration.backbone.imageSize
    let (tokens, frames) = preset == .tiny ? (10...60, 2...8) : (10...128, 8...8)
    return Batch(
      (0..<batchSize).map { index in
        let count = frames.lowerBound + random.int(below: frames.count)
        let seed = random.int(below: 256)
        return Sample(
          index: index,
          tokens: (0..<tokens.lowerBound + random.int(below: tokens.count)).map { _ in
            Int32(random.int(below: Self.vocabularySize))
          },
          pictures: .frames(
            (0..<count * size * size * 3).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ seed) }, count: count,
            size: size),
          target: .category(random.int(below: Self.categories)), status: .complete)
      })
  }

  func prepared(_ batch: Batch) -> PreparedBatch<Classification.Plan> {
    PreparedBatch(batch, for: task, parts: trainer.learners.count, on: runtime.device)
  }

  /// Products and sums of one pass forward for all of the batch's videos, nothing filled up.
  func multiplyAdds(_ batch: Batch) -> (backbone: Int, fusion: Int) {
    let model = trainer.learners[0].model
    let destination = InputDestination(
      configuration.frames, vectorSize: architecture.encoder.vectorSize, type: runtime.computeType,
      on: runtime.device)
    var (backbone, fusion) = (0, 0)
    for video in batch.videos.indices {
      withoutGradients {
        var vectors = Tensor([0] as [Float])
        let packed = PackedBatch(batch[video..<video + 1]) { _ in }
        backbone += MultiplyAdds.counting {
          vectors = model.encoder.vectors(of: packed.send(to: destination).pictures, .evaluation)
        }
        fusion += MultiplyAdds.counting {
          let input = packed.send(to: destination)
          _ = model(tokens: input.tokens, vectors: vectors, input.layout, .evaluation)
        }
      }
    }
    return (backbone, fusion)
  }
}
