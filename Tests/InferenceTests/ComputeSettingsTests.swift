import Inference
import Storage
import Testing
import Torch

@Suite("On what to compute") struct ComputeSettingsTests {
  private func settings(_ precision: Precision = .auto, device: String? = nil) -> ComputeSettings {
    ComputeSettings(precision: precision, device: device, threads: 3, threadsPerPart: nil, memory: nil)
  }

  @Test("A processor does not compute in fp16, and says in what it does")
  func half() {
    let error = #expect(throws: PrecisionError.self) { try settings(.fp16, device: "cpu").runtime() }
    #expect(error?.kind == .usage)
    #expect(
      error?.description == "--precision fp16: cpu does not compute in it; bf16 and fp32 it does")
  }

  @Test("A device that is not there is refused; without a word it is the best")
  func device() throws {
    #expect(throws: DeviceError.self) { try settings(device: "cuda:98").runtime() }
    #expect(try settings().runtime().device == .best)
  }

  @Test("What prepares batches is fed by all cores where something else computes")
  func prefetching() throws {
    #expect(Runtime(device: .cpu, threads: 12).prefetchDepth == 8)
    #expect(Runtime(device: .cuda(), threads: 12).prefetchDepth == 12)
    #expect(Runtime(device: .cuda(), threads: 1).prefetchDepth == 2)
    #expect(Runtime(device: .cuda(), threads: 200).prefetchDepth == 16)
    #expect(Runtime(device: .cuda(), precision: .fp16).computeType == .float16)
    #expect(Runtime(device: .cuda()).computeType == .bfloat16)
    #expect(Runtime(device: .cuda(), threads: 12).cores(parameters: 1000, batchSize: 64).count == 1)
  }

  @Test("The memory of a device that is not there cannot be limited")
  func memory() {
    let error = #expect(throws: DeviceMemoryError.self) { try Device.cuda(97).limitMemory(to: 1 << 30) }
    #expect(error?.description.hasPrefix("the memory of cuda:97 cannot be limited: ") == true)
  }
}
