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

  @Test("large blocks that are freed are used again without the kernel's clearing their pages anew")
  func allocator() async {
    // On the first thread of a process of its own, as in the program: where other tests have made threads, their
    // arenas decide.
    await #expect(processExitsWith: .success) {
      await MainActor.run {
        Machine.tuneAllocator()
        // As a step and its activations: many blocks at once, then none.
        let (size, count) = (12 << 20, 8)
        let before = Self.pageFaults()
        for _ in 0..<10 {
          let blocks = (0..<count).map { _ in
            UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
          }
          for block in blocks { memset(block, 1, size) }
          for block in blocks { block.deallocate() }
        }
        precondition(Self.pageFaults() - before < 2 * count * size / Int(getpagesize()))
      }
    }
  }

  /// Of this thread.
  private static func pageFaults() -> Int {
    var usage = rusage()
    getrusage(1, &usage)  // RUSAGE_THREAD, which needs _GNU_SOURCE
    return usage.ru_minflt
  }
}
