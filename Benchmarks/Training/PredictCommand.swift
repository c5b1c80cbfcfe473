import ArgumentParser
import Batching
import Dataset
import Inference
import Models
import NN
import Settings
import Storage
import Tasks
import Torch
import Training

extension TrainingBenchmark {
  /// Predictions of one model, batches ready.
  struct Predict: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Predictions of one model: videos a second.")

    @Option(help: "tiny, small or base.") var preset = Preset.base
    @Option(help: "Videos that are predicted at once.") var batch = 64
    @Option(help: "Batches that count.") var steps = 20
    @Option(name: .customLong("warm-up"), help: "Batches before those.") var warmUp = 5
    @Option(help: "fp32, bf16, fp16 (on a GPU) or auto.") var precision = Precision.auto
    @OptionGroup var machine: MachineOptions

    private struct Result: Encodable {
      let stage = "predict"
      let preset, device, precision, libtorch: String
      let batch, steps: Int
      let videosPerSecond: Double

      enum CodingKeys: String, CodingKey {
        case stage, preset, device, precision, libtorch, batch, steps
        case videosPerSecond = "videos_per_second"
      }
    }

    func run() throws {
      let runtime = try machine.runtime(precision, predictionBatchSize: batch)
      let settings = preset == .tiny ? [] : ["frames.maximum_frames=8"]
      let bench = try Bench(preset, settings + ["training.batch_size=\(batch)"], runtime)
      let replicas = Replicas(of: bench.trainer.store, as: runtime.computeType, on: Cores(1)) {
        VideoTextClassifier($0, bench.architecture)
      }
      try replicas.refresh()
      let predictor = Predictor(
        models: replicas.models, weights: [1], preparation: bench.configuration.input, runtime: runtime)
      var random = SeededGenerator(seed: 1)
      let batches = (0..<3).map { _ in
        PackedBatch(bench.batch(using: &random), for: runtime.device) { _ in }
      }
      Machine.threads = runtime.threads
      func predict(_ count: Int) throws {
        var numbers = (0..<count).makeIterator()
        try predictor.predict({ numbers.next().map { batches[$0 % batches.count] } }, id: { "\($0)" }) { _ in
        }
      }
      try predict(warmUp)
      let time = try ContinuousClock().measure { try predict(steps) }
      report(
        Result(
          preset: preset.rawValue, device: runtime.device.name, precision: "\(runtime.computeType)",
          libtorch: Machine.libtorchVersion, batch: batch, steps: steps,
          videosPerSecond: rounded(Double(batch * steps) / (time / .seconds(1)))))
    }
  }

  /// The fastest product of two matrices.
  struct Peak: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The bf16 product of two square matrices of random numbers: operations a second.")

    @Option(help: "Rows and columns.") var size = 8192
    @Option(help: "Products that count.") var steps = 20
    @OptionGroup var machine: MachineOptions

    private struct Result: Encodable {
      let stage = "peak"
      let device, precision, libtorch: String
      let size: Int
      let teraflops: Double
    }

    func run() throws {
      let runtime = try machine.runtime(.bf16)
      Machine.threads = runtime.threads
      let (a, b) = withoutGradients {
        (
          Tensor.normal([size, size], on: runtime.device).to(.bfloat16),
          Tensor.normal([size, size], on: runtime.device).to(.bfloat16)
        )
      }
      for _ in 0..<3 { _ = a.matmul(b) }
      let start = Moment(on: runtime.device)
      for _ in 0..<steps { _ = a.matmul(b) }
      let seconds = Moment(on: runtime.device).seconds(since: start)
      let operations = 2.0 * Double(size * size) * Double(size) * Double(steps)
      report(
        Result(
          device: runtime.device.name, precision: "bfloat16", libtorch: Machine.libtorchVersion, size: size,
          teraflops: rounded(operations / seconds / 1e12)))
    }
  }
}
