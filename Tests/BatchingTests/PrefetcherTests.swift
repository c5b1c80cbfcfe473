import Synchronization
import Testing

@testable import Batching

@Suite struct PrefetcherTests {
  @Test("Elements come in their order, all of them, however long each takes", arguments: [1, 2, 7, 64])
  func order(depth: Int) {
    let elements = Prefetcher(count: 500, depth: depth) { number in
      // The first of each seven takes longest.
      var sum = 0
      for value in 0..<(7 - number % 7) * 500 { sum &+= value }
      return number + (sum == -1 ? 1 : 0)
    }
    var seen: [Int] = []
    while let element = elements.next() { seen.append(element) }
    #expect(seen == Array(0..<500))
    #expect(elements.next() == nil)
  }

  @Test("No more than the depth are in the making or waiting")
  func bounded() {
    let started = Atomic<Int>(0)
    let elements = Prefetcher(count: 100, depth: 3) { number in
      started.add(1, ordering: .relaxed)
      return number
    }
    var taken = 0
    while elements.next() != nil {
      taken += 1
      #expect(started.load(ordering: .relaxed) <= taken + 3)
    }
    #expect(taken == 100)
  }

  @Test("Of nothing there is no element, and nobody waits for one")
  func empty() {
    let elements = Prefetcher(count: 0, depth: 4) { $0 }
    #expect(elements.next() == nil)
  }

  @Test("After a cancellation nothing is begun, and nobody waits for what will not come")
  func cancelled() {
    let started = Atomic<Int>(0)
    let elements = Prefetcher(count: 1000, depth: 4) { number in
      started.add(1, ordering: .relaxed)
      return number
    }
    #expect(elements.next() == 0)
    elements.cancel()
    while elements.next() != nil {}
    #expect(started.load(ordering: .relaxed) <= 1 + 4)
  }
}
