import Storage
import Testing

@testable import Torch

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

  @Test("a bias in bfloat16 is added apart where oneDNN may take it from freed memory, and is the same")
  func unsoundSums() async {
    await #expect(processExitsWith: .success) {
      let (x, weight, bias) = (Tensor.normal([5, 8]), Tensor.normal([3, 8]), Tensor.normal([3]))
      let (x16, weight16, bias16) = (x.to(.bfloat16), weight.to(.bfloat16), bias.to(.bfloat16))
      let counts = OperatorTally.counting {
        let sum = x16.linear(weight: weight16, bias: bias16)
        #expect((sum.to(.float32) - x.linear(weight: weight, bias: bias)).absolute().maximum().item < 0.1)
      }
      #expect(counts["linear"] == 2 && counts["add.Tensor"] == (Machine.hasUnsoundSums ? 1 : nil))
    }
  }

  @Test("the processor and the best device are there")
  func known() throws {
    #expect(try Device(named: "cpu") == .cpu)
    #expect(try Device(named: Device.best.name) == .best)
    #expect(Tensor.zeros([1], on: .best).device == .best)
  }
}
