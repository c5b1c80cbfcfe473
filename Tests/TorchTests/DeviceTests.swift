import Glibc
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

  @Test("oneDNN is told to keep no kernels for all threads before it is used")
  func keepsNoKernels() {
    #expect(getenv("DNNL_PRIMITIVE_CACHE_CAPACITY").map { String(cString: $0) } == "0")
  }
}
