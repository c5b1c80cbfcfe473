// Where the time of a training step goes: the tiny preset on random videos with the lengths of real ones.
//
//     swift run -c release training-benchmark [--fp32] [--threads N]
//
// Prints milliseconds of each phase and videos a second. It reads no video, so it links no libav*.

import Models
import NN
import Storage
import Torch
import Training

let arguments = CommandLine.arguments
let threads = arguments.firstIndex(of: "--threads").flatMap { Int(arguments.dropFirst($0 + 1).first ?? "") }
let runtime = Runtime(device: .cpu, precision: arguments.contains("--fp32") ? .fp32 : .auto, threads: threads)
let configuration = Preset.tiny.configuration
let training = configuration.training
let categories = 100
let warmUpSteps = 3
let steps = 20

var random = SeededGenerator(seed: 1)
RandomState.seed(1)
let store = ParameterStore()
let model = VideoTextClassifier(
  store.root, configuration.architecture(vocabularySize: 8000, featureDimension: nil, categories: categories))
let optimizer = AdamW([
  .init(name: "all", parameters: store.parameters, learningRate: 5e-4, weightDecay: training.weightDecay)
])
let average = WeightAverage(of: store, .exponential(decay: training.average.decay))

var stopwatch = Stopwatch()

for step in 0..<warmUpSteps + steps {
  if step == warmUpSteps { stopwatch = Stopwatch() }
  // TitleClips: 35 tokens and 4.7 frames on average.
  let texts = PackedSequences(lengths: (0..<training.batchSize).map { _ in 10 + random.int(below: 51) })
  let frames = PackedSequences(lengths: (0..<training.batchSize).map { _ in 2 + random.int(below: 7) })
  let size = configuration.backbone.imageSize
  let tokens = Tensor((0..<texts.tokens).map { _ in Int64(random.int(below: 8000)) })
  let labels = Tensor((0..<training.batchSize).map { _ in Int64(random.int(below: categories)) })
  let pictures = Tensor.normal([frames.tokens, 3, size, size]).to(runtime.computeType)

  let vectors = stopwatch.measure("backbone, forward") { model.vectors(of: pictures) }
  let output = stopwatch.measure("fusion, forward") {
    model(text: PackedText(tokens: tokens, sequences: texts), vectors: vectors, frames: frames, .training)
  }
  stopwatch.measure("backward") {
    let loss =
      output.logits.crossEntropy(labels, weight: nil, labelSmoothing: training.labelSmoothing)
      + output.videoLogits.crossEntropy(labels, weight: nil, labelSmoothing: training.labelSmoothing)
      * training.auxiliaryVideoLoss
    loss.backward()
  }
  stopwatch.measure("clip, AdamW, EMA") {
    GradientClipping.clip(
      store.tensors, norm: GradientClipping.norm(of: store.tensors).item,
      maximumNorm: training.maximumGradientNorm)
    optimizer.step(factor: 1)
    optimizer.clearGradients()
    average.update()
  }
}

for (name, time) in stopwatch.phases { print("\(name): \((time / steps).milliseconds) ms") }
let rate = Double(training.batchSize * steps) / (stopwatch.total / .seconds(1))
print(
  "libtorch \(Machine.libtorchVersion), \(runtime.computeType), \(Machine.threads) threads: ", terminator: "")
print("\((rate * 10).rounded() / 10) videos/s")
