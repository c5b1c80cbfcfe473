import Dispatch
import Synchronization

/// Produces elements on other threads ahead of whoever takes them, in order, and no further ahead than `depth`.
package final class Prefetcher<Element: Sendable>: Sendable {
  private struct State: Sendable {
    var ready: [Int: Element] = [:]
    var started = 0
    var taken = 0
    var isCancelled = false
  }

  private let count: Int
  private let depth: Int
  private let produce: @Sendable (Int) -> Element
  private let state = Mutex(State())
  private let arrival = DispatchSemaphore(value: 0)
  private let queue = DispatchQueue(label: "framewise.prefetch", qos: .userInitiated, attributes: .concurrent)

  /// - Parameter count: how many elements there are; `produce` makes each from its number, on any thread.
  /// - Parameter depth: elements in the making or waiting, at most; also the number of threads in use.
  package init(count: Int, depth: Int, produce: @escaping @Sendable (Int) -> Element) {
    self.count = count
    self.depth = max(1, depth)
    self.produce = produce
    for _ in 0..<min(self.depth, count) { startNext() }
  }

  private func startNext() {
    let number = state.withLock { state -> Int? in
      guard state.started < count, !state.isCancelled else { return nil }
      defer { state.started += 1 }
      return state.started
    }
    guard let number else { return }
    queue.async { [self] in
      if state.withLock(\.isCancelled) { return }
      let element = produce(number)
      state.withLock { $0.ready[number] = element }
      arrival.signal()
    }
  }

  /// The next element, waited for where it is not ready; nil behind the last and when cancelled. To be called from
  /// one thread.
  package func next() -> Element? {
    while true {
      let found = state.withLock { state -> Element? in
        guard let element = state.ready.removeValue(forKey: state.taken) else { return nil }
        state.taken += 1
        return element
      }
      if let found {
        startNext()
        return found
      }
      if state.withLock({ $0.taken >= count || $0.isCancelled }) { return nil }
      arrival.wait()
    }
  }

  /// Elements that are not in the making yet will not be made.
  package func cancel() { state.withLock { $0.isCancelled = true } }
}
