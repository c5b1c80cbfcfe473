// What a training step costs with parts of the recipe: the trainer's own step, with the tiny preset, on random videos with
// the lengths of real ones.
//
//     swift run -c release training-benchmark [--fp32] [--threads N] [--threads-per-part N] [--steps N]
//
// Prints videos a second of plain, FGM, PGD (3 steps) and R-Drop steps, which take turns, and operators a step. It reads
// no video, so it links no libav*.

import Batching
import CJemalloc  // Links it: memory as framewise has it.
import Dataset
import Inference
import Models
import Settings
import Storage
import SystemPackage
import Tasks
import Text
import Torch
import Training

let arguments = CommandLine.arguments
func number(_ option: String) -> Int? {
  arguments.firstIndex(of: option).flatMap { Int(arguments.dropFirst($0 + 1).first ?? "") }
}
let runtime = Runtime(
  device: .cpu, precision: arguments.contains("--fp32") ? .fp32 : .auto, threads: number("--threads"),
  threadsPerPart: number("--threads-per-part"))
let steps = number("--steps") ?? 20
let warmUpSteps = 3
let categories = 100

/// A trainer of the tiny preset with some settings.
struct Training {
  let configuration: RunConfiguration
  let task: Classification
  let trainer: Trainer<Classification>

  init(_ settings: String...) throws {
    var reader = try ConfigurationReader(.tiny)
    for setting in settings { try reader.override(setting) }
    configuration = try reader.configuration()
    let architecture = configuration.architecture(
      vocabularySize: 8000, vectorSize: nil, parents: Array(0..<categories))
    task = Classification(
      configuration.classification, architecture, counts: Array(repeating: 20, count: categories),
      samplingExponent: 1, parents: Array(0..<categories), modality: configuration.modality)
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

  /// Random videos of one step. TitleClips: 35 tokens and 4.7 frames on average.
  func batch(using random: inout SeededGenerator) -> PreparedBatch<Classification.Plan> {
    let size = configuration.backbone.imageSize
    let samples = (0..<configuration.optimization.batchSize).map { index in
      let frames = 2 + random.int(below: 7)
      let seed = random.int(below: 256)
      return Sample(
        index: index, tokens: (0..<10 + random.int(below: 51)).map { _ in Int32(random.int(below: 8000)) },
        pictures: .frames(
          (0..<frames * size * size * 3).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ seed) }, count: frames,
          size: size),
        target: .category(random.int(below: categories)), status: .complete)
    }
    return PreparedBatch(Batch(samples), for: task, parts: trainer.learners.count)
  }
}

var random = SeededGenerator(seed: 1)
let recipes: [(name: String, training: Training)] = [
  ("plain", try Training()), ("FGM", try Training("training.adversary.method=fgm")),
  ("PGD, 3 steps", try Training("training.adversary.method=pgd")),
  ("R-Drop", try Training("training.r_drop=1")),
]
let clock = ContinuousClock()
var times = recipes.map { _ in Duration.zero }

for step in 0..<warmUpSteps + steps {
  for (place, recipe) in recipes.enumerated() {
    let batch = recipe.training.batch(using: &random)
    let time = try clock.measure { _ = try recipe.training.trainer.step(batch) }
    if step >= warmUpSteps { times[place] += time }
  }
}

let plain = recipes[0].training
print(
  "libtorch \(Machine.libtorchVersion), \(runtime.computeType), \(plain.trainer.learners.count) parts of "
    + "\(Machine.threads) threads")
let videos = Double(plain.configuration.optimization.batchSize * steps)
for ((name, training), time) in zip(recipes, times) {
  let rate = (videos / (time / .seconds(1)) * 10).rounded() / 10
  var tally: [String: Int] = [:]
  let batch = training.batch(using: &random)
  tally = try OperatorTally.counting { _ = try training.trainer.step(batch) }
  let calls = tally.values.reduce(0, +)
  print(
    "\(name): \(rate) videos/s, a step takes \((time / times[0] * 100).rounded() / 100) times a plain one; "
      + "\(calls) operators, \(tally[OperatorTally.upload, default: 0]) uploads")
}
