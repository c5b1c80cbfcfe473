// What a backbone costs: milliseconds of a forward pass, and of forward and backward in training.
//
//     swift run -c release backbone-benchmark NAME [--fp32] [--threads N] [--batch N] [--repeats N]
//
// NAME is timm's, such as tf_efficientnet_lite0; weights and pixels are random. Says the size of its input in pixels, then waits for a line on standard input before
// each measurement, so that another program can take turns with it (compare_backbones.py), and answers with one:
// `forward` or `training` → milliseconds. Ends with the input.

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
guard let configuration = BackboneConfiguration.published[arguments.dropFirst().first ?? ""] else {
  fatalError("names are \(BackboneConfiguration.published.keys.sorted().joined(separator: ", "))")
}
Machine.threads = number("--threads") ?? 1
let computeType: DataType = arguments.contains("--fp32") ? .float32 : .bfloat16
let repeats = number("--repeats") ?? 3

/// A model as the trainer has it: cast weights of its own, from masters in float32.
struct Measured {
  let replicas: Replicas<any Backbone>
  let images: Tensor

  init(_ configuration: BackboneConfiguration, as type: DataType, batch: Int) throws {
    let store = ParameterStore()
    _ = configuration.model(store.root)
    replicas = Replicas(of: store, as: type, on: Cores(1)) { configuration.model($0) }
    try replicas.refresh()
    images = Tensor.normal([batch, 3, configuration.imageSize, configuration.imageSize]).to(type)
  }

  func forward() { withoutGradients { _ = replicas.models[0](images, .evaluation).sum().item } }

  func training() {
    let loss = replicas.models[0](images, .training(TrainingPass(seed: 1))).to(.float32).sum()
    loss.backward()
    _ = loss.item
    replicas.clearGradients()
  }
}

let measured = try Measured(configuration, as: computeType, batch: number("--batch") ?? 16)
print(configuration.imageSize)
fflush(nil)
while let line = readLine() {
  let body = line == "training" ? measured.training : measured.forward
  body()  // what is allocated, chosen and packed at the first pass does not count
  let clock = ContinuousClock()
  let duration = clock.measure { for _ in 0..<repeats { body() } } / repeats
  print(Double(duration.components.attoseconds) / 1e15 + Double(duration.components.seconds) * 1000)
  fflush(nil)
}
