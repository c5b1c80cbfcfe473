import CToolchain
import Terminal
import Torch

/// What `--version` prints: what somebody who looks into a fault has to know of the program and of what it runs on.
struct VersionReport: Encodable {
  let framewise = Framewise.version
  /// The compiler.
  let swift: String
  let libtorch = Machine.libtorchVersion
  /// Absent in a build that reads no videos.
  let ffmpeg = Self.ffmpegVersion
  let jemalloc = Allocator.version
  /// Of libtorch's kernels on this processor; where libtorch says so.
  let vectorInstructions = Machine.vectorInstructions
  let nativeBFloat16 = Machine.hasBFloat16
  /// Absent where libtorch has no CUDA.
  let cudaRuntime = Machine.cudaRuntime
  let cudaDevices = Machine.cudaDevices
  /// What commands compute on that are not told where to.
  let device = Device.best.name
  /// MiB; absent for a processor.
  let deviceMemory = Device.best.memory.map { $0.total >> 20 }

  enum CodingKeys: String, CodingKey {
    case framewise, swift, libtorch, ffmpeg, jemalloc, device
    case vectorInstructions = "vector_instructions"
    case nativeBFloat16 = "native_bf16"
    case cudaRuntime = "cuda_runtime"
    case cudaDevices = "cuda_devices"
    case deviceMemory = "device_memory_mib"
  }

  init() {
    let compiler = FW_SWIFT_COMPILER
    swift = "\(compiler / 10000).\(compiler / 100 % 100).\(compiler % 100)"
  }

  /// A name and what there is to say of it in each line, the program itself in the first.
  var text: String {
    let processor = [vectorInstructions, nativeBFloat16 ? "native bf16" : "no native bf16"]
    let devices = cudaDevices == 1 ? "1 device" : "\(cudaDevices) devices"
    let lines = [
      ("framewise", framewise), ("Swift", swift), ("libtorch", libtorch),
      ("FFmpeg", ffmpeg ?? "not in this build"), ("jemalloc", jemalloc),
      ("processor", processor.compactMap(\.self).joined(separator: ", ")),
      ("CUDA", cudaRuntime.map { "\($0), \(devices)" } ?? "not in this libtorch"),
      ("device", device + (deviceMemory.map { ", \($0) MiB" } ?? "")),
    ]
    return lines.map { name, fact in name.padded(to: 10) + fact }.joined(separator: "\n")
  }
}
