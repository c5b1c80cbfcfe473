import Storage
import Testing

@testable import Torch

@Suite("Running out of memory") struct OutOfMemoryTests {
  private struct Stop: Error {}

  /// Calls `body` with a limit on memory that the process of the test alone has.
  private static func limited(to bytes: Int, _ body: () throws -> Void) throws {
    Machine.limitMemory(to: bytes)
    defer { Machine.limitMemory(to: nil) }
    try body()
  }

  /// Bytes that `body` has at a time at most.
  private static func peak(_ body: () -> Void) -> Int {
    Machine.limitMemory(to: 1 << 30)
    defer { Machine.limitMemory(to: nil) }
    body()
    return Machine.memoryPeak
  }

  @Test(
    "on shapes alone every operator gives the shapes and types of its example",
    arguments: Operator.allCases.filter {
      $0.isAvailable && !$0.isInPlace && $0 != .flashAttention
    })
  func shapes(operation: Operator) {
    #expect(throws: OutOfMemory.self) {
      try catchingOutOfMemory {
        MemoryScope.exhaust()
        let example = example(of: operation)
        #expect(example.results.map(\.shape) == example.expected.map(\.shape))
        #expect(example.results.map(\.type) == example.expected.map(\.type))
      }
    }
  }

  @Test("what is too large is thrown, with its size, and what follows computes again")
  func thrown() async {
    await #expect(processExitsWith: .success) {
      try Self.limited(to: 1_000_000) {
        let small = Tensor.ones([1000])
        let error = #expect(throws: OutOfMemory.self) {
          try catchingOutOfMemory {
            let large = small.reshaped([1000, 1]) + small  // 4 MB
            #expect(large.shape == [1000, 1000] && !large.hasValues)
            #expect(large.sum().item == 0)
          }
        }
        #expect(error?.kind == .resumable && error?.description.contains("4000000") == true)
        let sum = try catchingOutOfMemory { (small + small).sum().item }
        #expect(sum == 2000)
        #expect((1_000...1_000_000).contains(Machine.memoryPeak))
      }
      // Without a limit it fits.
      #expect((Tensor.ones([1000, 1]) + Tensor.ones([1000])).sum().item == 2e6)
    }
  }

  @Test("memory that is given back can be taken again")
  func reused() async {
    await #expect(processExitsWith: .success) {
      try Self.limited(to: 1_000_000) {
        try catchingOutOfMemory { for _ in 0..<10 { _ = Tensor.ones([150_000]) } }
      }
    }
  }

  @Test(
    "running out on the way back is thrown, and leaves no value that is half a gradient behind in other tensors"
  )
  func backward() async {
    await #expect(processExitsWith: .success) {
      let x = Tensor.ones([1000, 100])
      x.requiresGradient = true
      let y = Tensor.ones([100])
      y.requiresGradient = true
      func value() -> Tensor { ((x * y).exponential() * x).sum() }
      // The way back takes more than the way there, by how much is libtorch's affair.
      let there = Self.peak { _ = value() }
      let both = Self.peak { value().backward() }
      (x.gradient, y.gradient) = (nil, nil)
      #expect(both > there)
      try Self.limited(to: (there + both) / 2) {
        #expect(throws: OutOfMemory.self) {
          try catchingOutOfMemory {
            let sum = value()
            #expect(sum.hasValues)
            sum.backward()
          }
        }
      }
      x.gradient = nil
      y.gradient = nil
      try catchingOutOfMemory { value().backward() }
      #expect(x.gradient?.isFinite == true && y.gradient?.isFinite == true)
    }
  }

  @Test("once memory ran out, values are written from values only")
  func writing() {
    let kept = Tensor([1, 2] as [Float])
    let target = Tensor([3, 4] as [Float])
    #expect(throws: OutOfMemory.self) {
      try catchingOutOfMemory {
        MemoryScope.exhaust()
        target.copy(from: kept + kept)
        Foreach.add([kept * 2], to: [target])
        #expect(target.values() == [3, 4] as [Float])
        target.copy(from: kept)  // what puts weights back works
      }
    }
    #expect(target.values() == [1, 2] as [Float])
  }

  @Test("an error of the body comes out as it is, but not when memory ran out before it")
  func errors() {
    #expect(throws: Stop.self) { try catchingOutOfMemory { throw Stop() } }
    #expect(throws: OutOfMemory.self) {
      try catchingOutOfMemory {
        MemoryScope.exhaust()
        throw Stop()
      }
    }
    #expect(!MemoryScope.isExhausted)
  }

  @Test("scopes in scopes: the inner one throws, the outer one goes on")
  func nested() throws {
    let sum = try catchingOutOfMemory {
      #expect(throws: OutOfMemory.self) { try catchingOutOfMemory { MemoryScope.exhaust() } }
      return Tensor([1, 2] as [Float]).sum().item
    }
    #expect(sum == 3)
  }

  @Test("where nobody is prepared for it, running out of memory traps with the reason")
  func unprepared() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      Machine.limitMemory(to: 1000)
      _ = Tensor.ones([1000])
    }
    let message = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(message.contains("out of memory"))
  }
}
