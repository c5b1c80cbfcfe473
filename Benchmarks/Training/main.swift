import Models
import NN
import Torch
import Foundation

Machine.tuneAllocator()
print("libtorch", Machine.libtorchVersion, "threads", Machine.threads, "bf16", Machine.hasBFloat16, Machine.blasWarning ?? "blas ok")
let type: DataType = CommandLine.arguments.contains("fp32") ? .float32 : .bfloat16
let store = ParameterStore()
RandomState.seed(1)
let model = VideoTextClassifier(store.root, .init(
  backbone: .init(imageSize: 96, patchSize: 16, embeddingSize: 192, depth: 6, heads: 3),
  fusion: .init(text: .init(vocabularySize: 8000, hiddenSize: 256, layers: 4, heads: 4, intermediateSize: 1024, maximumPositions: 128), visualEmbeddingSize: 192),
  categories: 100, headDropout: 0.1))
let optimizer = AdamW([.init(name: "all", parameters: store.parameters, learningRate: 5e-4, weightDecay: 0.01)])
let average = ExponentialAverage(of: store, decay: 0.99)
var generator = SystemRandomNumberGenerator()
func seconds() -> Double { var t = timespec(); clock_gettime(CLOCK_MONOTONIC, &t); return Double(t.tv_sec) + Double(t.tv_nsec) * 1e-9 }
var times: [String: Double] = [:]
for step in 0..<12 {
  if step == 2 { times = [:] }
  var t = seconds()
  func lap(_ name: String) { let n = seconds(); times[name, default: 0] += n - t; t = n }
  let textLengths = (0..<32).map { _ in Int.random(in: 5...60, using: &generator) }
  let frames = (0..<32).map { _ in Int.random(in: 2...8, using: &generator) }
  let total = frames.reduce(0, +)
  let tokens = Tensor((0..<textLengths.reduce(0, +)).map { _ in Int64.random(in: 5..<8000, using: &generator) })
  let pictures = Tensor.normal([total, 3, 96, 96]).to(type)
  let labels = Tensor((0..<32).map { _ in Int64.random(in: 0..<100, using: &generator) })
  lap("data")
  let vectors = model.vectors(of: pictures)
  lap("backbone")
  let output = model(text: PackedText(tokens: tokens, sequences: .init(lengths: textLengths)), vectors: vectors, frames: .init(lengths: frames), .training)
  lap("fusion")
  let loss = output.logits.crossEntropy(labels, weight: nil, labelSmoothing: 0.1) + output.videoLogits.crossEntropy(labels, weight: nil, labelSmoothing: 0.1) * 0.5
  loss.backward()
  lap("backward")
  GradientClipping.clip(store.tensors, maximumNorm: 1)
  lap("clip")
  optimizer.step(factor: 1)
  lap("adam")
  optimizer.clearGradients()
  average.update()
  lap("ema")
}
let all = times.values.reduce(0, +)
for (k, v) in times.sorted(by: { $0.value > $1.value }) { print(k, v / 10 * 1000, "ms") }
print("samples/s", 320 / all)
