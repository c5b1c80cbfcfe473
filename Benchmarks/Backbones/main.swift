// What an encoder costs: milliseconds of a forward pass, and of forward and backward in training.
//
//     swift run -c release backbone-benchmark NAME [--fp32] [--threads N] [--batch N] [--tokens N] [--repeats N]
//
// NAME is a backbone of timm's, such as tf_efficientnet_lite0, or a text encoder of `framewise models`, such as
// bert-base-chinese; weights, pixels and tokens are random. Says the size of its input, in pixels or in tokens, then waits for a
// line on standard input before each measurement, so that another program can take turns with it (compare_backbones.py), and
// answers with one: `forward` or `training` → milliseconds. Ends with the input.

import CJemalloc  // Links it: memory as framewise has it.
import Glibc
import Models
import NN
import Storage
import Torch

let arguments = CommandLine.arguments
func number(_ option: String) -> Int? {
  arguments.firstIndex(of: option).flatMap { Int(arguments.dropFirst($0 + 1).first ?? "") }
}
Machine.threads = number("--threads") ?? 1
let computeType: DataType = arguments.contains("--fp32") ? .float32 : .bfloat16
let repeats = number("--repeats") ?? 3
let batch = number("--batch") ?? 16

/// A model as the trainer has it: cast weights of its own, from masters in float32.
struct Measured<Model> {
  private let replicas: Replicas<Model>
  private let run: (Model, Mode) -> Tensor

  /// - Parameter run: a pass through the model.
  init(_ make: @escaping (Scope) -> Model, _ run: @escaping (Model, Mode) -> Tensor) throws {
    let store = ParameterStore()
    _ = make(store.root)
    replicas = Replicas(of: store, as: computeType, on: Cores(1), make: make)
    try replicas.refresh()
    self.run = run
  }

  func forward() { withoutGradients { _ = run(replicas.models[0], .evaluation).sum().item } }

  func training() {
    let loss = run(replicas.models[0], .training(TrainingPass(seed: 1))).to(.float32).sum()
    loss.backward()
    _ = loss.item
    replicas.clearGradients()
  }
}

/// What is measured, and the size of its input.
func measured(_ name: String) throws -> (size: Int, forward: () -> Void, training: () -> Void) {
  if let configuration = BackboneConfiguration.published[name] {
    let size = configuration.imageSize
    let images = Tensor.normal([batch, 3, size, size]).to(computeType)
    let model = try Measured({ configuration.model($0) }) { $0(images, $1) }
    return (size, model.forward, model.training)
  }
  guard let configuration = TextEncoderConfiguration.published[name] else {
    let names =
      BackboneConfiguration.published.keys.sorted() + TextEncoderConfiguration.published.keys.sorted()
    fatalError("names are \(names.joined(separator: ", "))")
  }
  // As the encoder that text and frames meet in, which no frames come to.
  let fusion = FusionConfiguration(text: configuration, visualEmbeddingSize: 8)
  let count = number("--tokens") ?? 64
  let tokens = Tensor((0..<batch * count).map { Int64(1000 + 37 * $0 % 20_000) })
  let layout = VideoTextLayout(
    tokenCounts: [Int](repeating: count, count: batch), frameCounts: [Int](repeating: 0, count: batch),
    type: computeType)
  let vectors = Tensor.zeros([0, 8], type: computeType)
  let model = try Measured({ SingleStream($0, fusion) }) { model, mode in
    model(model.embedded(tokens: tokens, vectors: vectors), type: computeType, layout, mode).hidden
  }
  return (count, model.forward, model.training)
}

let (size, forward, training) = try measured(arguments.dropFirst().first ?? "")
print(size)
fflush(nil)
while let line = readLine() {
  let body = line == "training" ? training : forward
  body()  // what is allocated, chosen and packed at the first pass does not count
  let clock = ContinuousClock()
  let duration = clock.measure { for _ in 0..<repeats { body() } } / repeats
  print(Double(duration.components.attoseconds) / 1e15 + Double(duration.components.seconds) * 1000)
  fflush(nil)
}
