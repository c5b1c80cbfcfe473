import Dispatch
import Synchronization

/// The processor's cores that a computation is spread over: each computes a part with few threads, instead of all
/// computing one part with threads that wait for each other at every operator.
package struct Cores: Sendable {
  /// Parts at a time.
  package let count: Int
  /// Of one operator.
  package let threadsPerPart: Int

  /// - Parameter count: parts at a time; 1 computes them one after the other on the caller's thread.
  package init(_ count: Int, threadsPerPart: Int = 1) {
    self.count = max(1, count)
    self.threadsPerPart = threadsPerPart
  }

  /// What `body` gives for each item, in their order, at most `count` items at a time. Results are what they would be one
  /// after the other as long as items share nothing that they change.
  /// - Throws: the error of the first item that has one, `OutOfMemory` among them.
  package func map<Item, Value>(_ items: [Item], _ body: (Item) throws -> Value) throws -> [Value] {
    // Of the caller's thread too, whether or not it comes to compute an item: what it computes itself afterwards, a norm
    // for one, is added up in an order that follows from the number of threads.
    Machine.threads = threadsPerPart
    guard count > 1, items.count > 1 else {
      return try items.map { item in try catchingOutOfMemory { try body(item) } }
    }
    var results = [Result<Value, any Error>?](repeating: nil, count: items.count)
    let next = Atomic(0)
    withoutActuallyEscaping(body) { body in
      results.withUnsafeMutableBufferPointer { results in
        // Items share nothing that they change, each result has a place of its own, and all have ended before this
        // returns.
        nonisolated(unsafe) let (results, items, body) = (results, items, body)
        DispatchQueue.concurrentPerform(iterations: min(count, items.count)) { _ in
          // A setting of the thread, which libtorch may have used for something else.
          Machine.threads = threadsPerPart
          while true {
            let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard number < items.count else { return }
            results[number] = Result { try catchingOutOfMemory { try body(items[number]) } }
          }
        }
      }
    }
    return try results.compactMap { try $0?.get() }
  }

  /// Runs `body` on shares of `range`, some for each core.
  package func share(_ range: Range<Int>, _ body: (Range<Int>) -> Void) throws {
    let parts = count == 1 ? 1 : min(4 * count, range.count)
    guard parts > 1 else {
      Machine.threads = threadsPerPart
      return body(range)
    }
    let shares = (0..<parts).map { part in
      range.lowerBound + range.count * part / parts..<range.lowerBound + range.count * (part + 1) / parts
    }
    _ = try map(shares, body)
  }
}
