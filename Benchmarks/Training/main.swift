// Where the time of a training step goes, and what parts of the recipe cost: the tiny preset on random videos with the
// lengths of real ones.
//
//     swift run -c release training-benchmark [--fp32] [--threads N] [--steps N]
//
// Prints milliseconds of each phase of a plain step, and videos a second of plain, FGM, PGD (3 steps) and R-Drop steps,
// which take turns. It reads no video, so it links no libav*.

import Batching
import Configuration
import Inference
import Models
import NN
import Storage
import Tasks
import Torch
import Training

let arguments = CommandLine.arguments
func number(_ option: String) -> Int? {
  arguments.firstIndex(of: option).flatMap { Int(arguments.dropFirst($0 + 1).first ?? "") }
}
Machine.tuneAllocator()
let runtime = Runtime(
  device: .cpu, precision: arguments.contains("--fp32") ? .fp32 : .auto, threads: number("--threads"))
let steps = number("--steps") ?? 20
let warmUpSteps = 3
let categories = 100

/// Random videos of one step. TitleClips: 35 tokens and 4.7 frames on average.
struct RandomBatch {
  let input: Batch.Tensors
  let target: Objective.Target

  init(_ configuration: RunConfiguration, using random: inout SeededGenerator) {
    let videos = configuration.optimization.batchSize
    let texts = PackedSequences(lengths: (0..<videos).map { _ in 10 + random.int(below: 51) })
    let frames = PackedSequences(lengths: (0..<videos).map { _ in 2 + random.int(below: 7) })
    let size = configuration.backbone.imageSize
    let tokens = Tensor((0..<texts.tokens).map { _ in Int64(random.int(below: 8000)) })
    input = Batch.Tensors(
      text: PackedText(tokens: tokens, sequences: texts),
      pictures: Tensor.normal([frames.tokens, 3, size, size]).to(runtime.computeType), frames: frames)
    target = Objective.Target(
      labels: Tensor((0..<videos).map { _ in Int64(random.int(below: categories)) }),
      withFrames: Tensor((0..<videos).map(Int64.init)), withText: nil)
  }
}

/// A model in training with some settings.
final class Training {
  let configuration: RunConfiguration
  let store = ParameterStore()
  let model: VideoTextClassifier
  let objective: Objective
  let gradients: BatchGradients
  let optimizer: AdamW
  let average: WeightAverage

  init(_ settings: String...) throws {
    var reader = try ConfigurationReader(.tiny)
    for setting in settings { try reader.override(setting) }
    configuration = try reader.configuration()
    let (optimization, classification) = (configuration.optimization, configuration.classification)
    model = VideoTextClassifier(
      store.root,
      configuration.architecture(vocabularySize: 8000, featureDimension: nil, categories: categories))
    objective = Objective(
      classification, counts: Array(repeating: 20, count: categories), parents: Array(0..<categories),
      modality: configuration.modality, on: .cpu)
    gradients = BatchGradients(model, objective, classification)
    optimizer = AdamW(ParameterGroups.make(store, optimization))
    average = WeightAverage(of: store, .exponential(decay: optimization.average.decay))
  }

  func update() {
    let norm = GradientClipping.norm(of: store.tensors).item
    GradientClipping.clip(
      store.tensors, norm: norm, maximumNorm: configuration.optimization.maximumGradientNorm)
    optimizer.step(factor: 1)
    optimizer.clearGradients()
    average.update()
  }
}

var random = SeededGenerator(seed: 1)
RandomState.seed(1)
let recipes: [(name: String, training: Training)] = [
  ("plain", try Training()), ("FGM", try Training("training.adversary.method=fgm")),
  ("PGD, 3 steps", try Training("training.adversary.method=pgd")),
  ("R-Drop", try Training("training.r_drop=1")),
]
var phases = Stopwatch()
var recipeTimes = Stopwatch()

for step in 0..<warmUpSteps + steps {
  if step == warmUpSteps { (phases, recipeTimes) = (Stopwatch(), Stopwatch()) }
  for (name, training) in recipes {
    let batch = RandomBatch(training.configuration, using: &random)
    recipeTimes.measure(name) {
      _ = training.gradients.accumulate(batch.input, batch.target)
      training.update()
    }
  }
  let plain = recipes[0].training
  let (input, target) = { ($0.input, $0.target) }(RandomBatch(plain.configuration, using: &random))
  let vectors = phases.measure("backbone, forward") { plain.model.vectors(of: input.pictures) }
  let output = phases.measure("fusion, forward") {
    plain.model(text: input.text, vectors: vectors, frames: input.frames, .training)
  }
  phases.measure("backward") { plain.objective.loss(output, target).backward() }
  phases.measure("clip, AdamW, EMA") { plain.update() }
}

print("libtorch \(Machine.libtorchVersion), \(runtime.computeType), \(Machine.threads) threads")
for (name, time) in phases.phases { print("\(name): \((time / steps).milliseconds) ms") }
let videos = Double(recipes[0].training.configuration.optimization.batchSize * steps)
let plainTime = recipeTimes.phases[0].time
for (name, time) in recipeTimes.phases {
  let rate = (videos / (time / .seconds(1)) * 10).rounded() / 10
  print(
    "\(name): \(rate) videos/s, a step takes \((time / plainTime * 100).rounded() / 100) times a plain one")
}
