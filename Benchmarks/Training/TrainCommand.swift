import ArgumentParser
import Batching
import Dataset
import Inference
import NN
import Settings
import Storage
import Tasks
import Torch
import Training

extension Preset: ExpressibleByArgument {}

extension TrainingBenchmark {
  /// Steps of one recipe, and where their time goes.
  struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Steps of one recipe on a device: videos a second, share of its peak, memory, phases.")

    enum Recipe: String, ExpressibleByArgument, CaseIterable {
      case plain, pgd
    }

    @Option(help: "tiny, small or base.") var preset = Preset.base
    @Option(help: "Videos of a step.") var batch = 64
    @Option(help: "Steps that count.") var steps = 20
    @Option(name: .customLong("warm-up"), help: "Steps before those.") var warmUp = 5
    @Option(help: "plain, or pgd with 3 steps.") var recipe = Recipe.plain
    @Flag(help: "The backbone learns nothing, and is computed still.") var frozen = false
    @Option(help: "fp32, bf16 or auto.") var precision = Precision.auto
    @Option(help: "Of the device in 10¹² operations a second, as `peak` measures it.") var peak: Double?
    @Option(name: .customLong("set"), help: "A setting, such as training.r_drop=1; may be repeated.")
    var settings: [String] = []
    @OptionGroup var machine: MachineOptions

    private struct Result: Encodable {
      let stage = "train"
      let recipe, preset, device, precision, libtorch: String
      let frozen: Bool
      /// In how many rounds a batch was computed: 1 where all of it fitted into memory.
      let batch, steps, rounds: Int
      let videosPerSecond, stepMilliseconds, gigaflopsPerVideo, teraflops: Double
      let shareOfPeak: Double?
      let peakMemoryMiB: Int?
      let phases: [String: Double]

      enum CodingKeys: String, CodingKey {
        case stage, recipe, preset, device, precision, libtorch, frozen, batch, steps, rounds, teraflops
        case videosPerSecond = "videos_per_second"
        case stepMilliseconds = "step_ms"
        case gigaflopsPerVideo = "gigaflops_per_video"
        case shareOfPeak = "share_of_peak"
        case peakMemoryMiB = "peak_memory_mib"
        case phases = "phases_ms"
      }
    }

    func run() throws {
      let runtime = try machine.runtime(precision)
      var settings = ["training.batch_size=\(batch)"] + settings
      if preset != .tiny { settings.append("frames.maximum_frames=8") }
      if recipe == .pgd { settings.append("training.adversary.method=pgd") }
      let bench = try Bench(preset, settings, runtime)
      if frozen {
        for parameter in bench.trainer.store.parameters where parameter.name.hasPrefix("backbone.") {
          parameter.tensor.requiresGradient = false
        }
      }
      var random = SeededGenerator(seed: 1)
      let videos = (0..<3).map { _ in bench.batch(using: &random) }
      let batches = videos.map(bench.prepared)
      var done = 0
      func train(_ steps: Int) throws {
        for _ in 0..<steps {
          _ = try bench.trainer.step(batches[done % batches.count])
          done += 1
        }
      }
      try train(warmUp)
      _ = runtime.device.memoryPeak(forgetting: true)
      // Read when all is done: to wait for each would be a wait more for every step.
      var moments = [Moment(on: runtime.device)]
      for _ in 0..<steps {
        try train(1)
        moments.append(Moment(on: runtime.device))
      }
      let times = zip(moments.dropFirst(), moments).map { $0.seconds(since: $1) }
      let phases = try PhaseClock.measuring(on: runtime.device) { try train(steps) }
      let seconds = times.reduce(0, +)
      let gigaflops =
        videos.map { self.gigaflops(bench.multiplyAdds($0), bench) }.reduce(0, +)
        / Double(batch * videos.count)
      let teraflops = gigaflops * Double(batch * steps) / seconds / 1e3
      let memory = runtime.device.memoryPeak()
      report(
        Result(
          recipe: recipe.rawValue, preset: preset.rawValue, device: runtime.device.name,
          precision: "\(runtime.computeType)", libtorch: Machine.libtorchVersion, frozen: frozen,
          batch: batch,
          steps: steps, rounds: bench.trainer.progress.rounds,
          videosPerSecond: rounded(Double(batch * steps) / seconds),
          stepMilliseconds: rounded(times.sorted()[times.count / 2] * 1e3),
          gigaflopsPerVideo: rounded(gigaflops), teraflops: rounded(teraflops),
          shareOfPeak: peak.map { rounded(teraflops / $0, to: 3) },
          peakMemoryMiB: memory > 0 ? memory >> 20 : nil,
          phases: phases.mapValues { rounded($0 / Double(steps) * 1e3) }))
    }

    /// Of a step: a pass back costs two forward, one of them where no weight learns. The adversary's passes go through the
    /// fusion encoder alone, all but the last of them without gradients of weights.
    private func gigaflops(_ forward: (backbone: Int, fusion: Int), _ bench: Bench) -> Double {
      let attacks = recipe == .pgd ? bench.configuration.classification.adversary.steps : 0
      let passes = 3 + (attacks > 0 ? 2 * (attacks - 1) + 3 : 0)
      return 2 * Double(forward.backbone * (frozen ? 1 : 3) + forward.fusion * passes) / 1e9
    }
  }
}
