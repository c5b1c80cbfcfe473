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

  @Test(
    "where memory has run out, attention over a packed stream has a row for each token still",
    .enabled(if: Operator.flashAttention.isAvailable, "newer versions of libtorch have it"))
  func packedAttention() {
    // It takes an accelerator to compute; there its numbers are tried before they are used.
    let stream = Tensor.ones([7, 3, 2, 16]).to(.bfloat16)
    #expect(Tensor.canAttendPacked(stream) && !Tensor.canAttendPacked(stream.to(.float32)))
    #expect(!Tensor.canAttendPacked(.zeros([7, 3, 2, 12], type: .bfloat16)))
    #expect(throws: OutOfMemory.self) {
      try catchingOutOfMemory {
        MemoryScope.exhaust()
        let attended = Tensor.attention(packed: stream, offsets: Tensor([0, 4, 7] as [Int32]), longest: 4)
        #expect(attended.shape == [7, 32] && attended.type == .bfloat16)
      }
    }
  }

  @Test("a processor attends in groups, has no memory of its own to tell of, and keeps its own time")
  func processor() {
    #expect(!Device.cpu.attendsPacked && Device.cpu.memory == nil && Device.cpu.memoryPeak() == 0)
    let seconds = PhaseClock.measuring(on: .cpu) {
      PhaseClock.mark("first")
      _ = Tensor.normal([300, 300]).matmul(.normal([300, 300]))
      PhaseClock.mark("second")
      PhaseClock.mark("first")
    }
    #expect(Set(seconds.keys) == ["first", "second"] && seconds.values.allSatisfy { $0 >= 0 })
    #expect(seconds["second", default: 0] > 0)
    PhaseClock.mark("nobody asks")
  }

  @Test("what is staged for a device arrives as it was, in the shape that is asked for", arguments: [0, 6])
  func staged(count: Int) {
    let values = (0..<count).map(Int64.init)
    let staged = Staged(values, for: .best)
    #expect(staged.count == count)
    #expect(staged.send(to: .best).to(.cpu).values(Int64.self) == values)
    let rows = staged.send(to: .best, shape: [count / 3, 3])
    #expect(rows.shape == [count / 3, 3] && rows.device == .best)
  }

  @Test("the processor and the best device are there")
  func known() throws {
    #expect(try Device(named: "cpu") == .cpu)
    #expect(try Device(named: Device.best.name) == .best)
    #expect(Tensor.zeros([1], on: .best).device == .best)
  }
}
