import ArgumentParser
import CJemalloc  // Links it: memory as framewise has it.
import Inference
import Storage
import Torch

/// What training and predicting cost on this machine, with the trainer's and the predictor's own code on random videos. It reads
/// no video, so it links no libav*.
@main struct TrainingBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "training-benchmark",
    abstract: "Measures steps of training, predictions, and what a device computes, without files.",
    discussion: """
      EXAMPLES
        swift run -c release training-benchmark recipes
        training-benchmark parity --device cuda
        training-benchmark peak --device cuda
        training-benchmark train --device cuda --preset base --batch 64 --recipe pgd --peak 780
        training-benchmark predict --device cuda --preset base --batch 64 --precision fp16
      """,
    subcommands: [Recipes.self, Parity.self, Peak.self, Train.self, Predict.self],
    defaultSubcommand: Recipes.self)
}

/// On what to compute.
struct MachineOptions: ParsableArguments {
  @Option(help: "cpu, cuda or cuda:N; default: the first CUDA device, if there is one.") var device: String?
  @Option(help: "Cores to compute on. Default: all.") var threads: Int?
  @Option(
    name: .customLong("threads-per-part"), help: "Of these, how many compute a part of a batch together.")
  var threadsPerPart: Int?

  func runtime(_ precision: Precision, predictionBatchSize: Int = 32) throws -> Runtime {
    Runtime(
      device: try device.map(Device.init(named:)) ?? .best, precision: precision, threads: threads,
      threadsPerPart: threadsPerPart, predictionBatchSize: predictionBatchSize)
  }
}

extension Precision: ExpressibleByArgument {}

/// A result, a line of JSON.
func report(_ result: some Encodable) {
  print(String(decoding: JSONText.encode(result), as: UTF8.self))
}

/// As many digits as a measurement has.
func rounded(_ value: Double, to digits: Int = 4) -> Double {
  guard value != 0, value.isFinite else { return 0 }
  var scale = 1.0
  while abs(value) * scale < Double(pow10(digits - 1)) { scale *= 10 }
  return (value * scale).rounded() / scale
}

private func pow10(_ exponent: Int) -> Int { (0..<exponent).reduce(1) { product, _ in product * 10 } }
