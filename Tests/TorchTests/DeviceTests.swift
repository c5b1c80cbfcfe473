import Storage
import Testing
import Torch

@Suite struct DeviceTests {
  @Test(
    "a device that is not there is refused with those that are",
    arguments: [
      "", "gpu", "CPU", "cpu:0", "cuda:", "cuda:-1", "cuda:x", "cuda:99", "cuda:99999999999999999999", "meta",
    ])
  func unknown(name: String) {
    let error = #expect(throws: DeviceError.self) { try Device(named: name) }
    #expect(error?.kind == .usage)
    #expect(error?.description.hasPrefix("there is no device '\(name)' here; there is: cpu") == true)
  }

  @Test("the processor and the best device are there")
  func known() throws {
    #expect(try Device(named: "cpu") == .cpu)
    #expect(try Device(named: Device.best.name) == .best)
    #expect(Tensor.zeros([1], on: .best).device == .best)
  }

  @Test(
    "kernels are kept, and dropped all at once before they are too many, while several threads compute",
    .enabled(if: Machine.hasBFloat16 && Machine.keptKernels != nil))
  func keptKernels() throws {
    let weight = Tensor.ones([8, 4], type: .bfloat16)
    let bias = Tensor.ones([8], type: .bfloat16)
    let sums = try Cores(3).map(Array(1...400)) { rows in
      Tensor.ones([rows, 4], type: .bfloat16).linear(weight: weight, bias: bias).to(.float32).sum().item
    }
    #expect(sums == (1...400).map { Double($0 * 8 * 5) })
    let kept = try #require(Machine.keptKernels)
    // Other tests compute at the same time.
    #expect(kept > 0 && kept < 2 * Machine.mostKernels)
  }
}
