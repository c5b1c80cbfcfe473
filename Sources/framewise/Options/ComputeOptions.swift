import ArgumentParser
import Inference
import Terminal
import Torch

/// On what to compute, and in which precision; the same for all commands that do.
struct ComputeOptions: ParsableArguments {
  @Option(
    help:
      "fp32, bf16, fp16 (to predict on a GPU), or auto: bf16 on a GPU and where the processor multiplies it natively."
  )
  var precision = Precision.auto

  @OptionGroup var machine: MachineOptions

  /// - Throws: `DeviceError` where the machine lacks the device, `PrecisionError` where it has no such products.
  func runtime(_ console: Console) throws -> Runtime { try machine.runtime(console, in: precision) }

  /// The same for what learns.
  func trainingRuntime(_ console: Console) throws -> Runtime {
    guard precision != .fp16 else {
      throw PrecisionError(
        precision: precision, reason: "gradients have no room in it; to train there are bf16 and fp32")
    }
    return try runtime(console)
  }

  /// As it is handed to the program that serves.
  var computing: ComputeSettings { machine.computing(in: precision) }
}

/// On what to compute.
struct MachineOptions: ParsableArguments {
  @Option(help: "cpu, cuda or cuda:N; default: the first CUDA device, if there is one.")
  var device: String?

  @Option(
    help: "Cores to compute on; parts of a batch are computed side by side, a core each. Default: all cores.")
  var threads: Int?

  @Option(
    name: .customLong("threads-per-part"),
    help:
      "Of these, how many compute one part of a batch together; default: chosen by the size of model and batch."
  )
  var threadsPerPart: Int?

  @Option(help: "MiB that tensors may take of the device's memory; what does not fit is computed in parts.")
  var memory: Int?

  func validate() throws {
    guard 1...(1 << 30) ~= memory ?? 1 else { throw ValidationError("--memory is 1 to \(1 << 30)") }
    guard 1...1024 ~= threads ?? 1 else { throw ValidationError("--threads is 1 to 1024") }
    guard 1...(threads ?? 1024) ~= threadsPerPart ?? 1 else {
      throw ValidationError("--threads-per-part is 1 to the number of --threads")
    }
  }

  /// As it is handed to the program that serves.
  func computing(in precision: Precision) -> ComputeSettings {
    .init(
      precision: precision, device: device, threads: threads, threadsPerPart: threadsPerPart, memory: memory)
  }

  /// - Throws: `DeviceError` where the machine lacks the device.
  func runtime(_ console: Console, in precision: Precision) throws -> Runtime {
    let runtime = try computing(in: precision).runtime()
    if runtime.computeType == .float32, let warning = Machine.blasWarning { console.warning(warning) }
    return runtime
  }
}
