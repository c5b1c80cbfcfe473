import Storage
import Testing

@testable import Torch

@Suite struct CoresTests {
  private struct Refused: Error, Equatable { let number: Int }

  @Test(
    "results come in the order of their items, whatever number of cores there is", arguments: [1, 2, 3, 8])
  func order(count: Int) throws {
    #expect(try Cores(count).map(Array(0..<20)) { $0 * $0 } == (0..<20).map { $0 * $0 })
    #expect(try Cores(count).map([Int]()) { $0 } == [])
  }

  @Test("shares cover a range once", arguments: [1, 2, 5])
  func shares(count: Int) throws {
    let room = Tensor.zeros([23])
    try Cores(count).share(0..<23) { range in
      withoutGradients { Foreach.add(1, to: [room.narrowed(0, range)]) }
    }
    #expect(room.values() == [Float](repeating: 1, count: 23))
  }

  @Test("the first item's error is thrown, in the order of the items")
  func errors() {
    #expect(throws: Refused(number: 2)) {
      try Cores(4).map(Array(0..<10)) { if $0 == 2 || $0 == 7 { throw Refused(number: $0) } }
    }
  }

  @Test("memory that runs out on one core is thrown, and computing goes on afterwards")
  func memory() throws {
    #expect(throws: OutOfMemory.self) {
      try Cores(2).map([false, true, false]) { fails in
        if fails { MemoryScope.exhaust() }
        _ = Tensor.ones([2]) + Tensor.ones([2])
      }
    }
    #expect(try Cores(2).map([1.0, 2.0]) { Tensor.full([1], $0).item } == [1, 2])
  }
}
