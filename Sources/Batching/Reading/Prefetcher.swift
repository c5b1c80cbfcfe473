import Dispatch
import Synchronization

/// Produces elements on other threads ahead of whoever takes them, in order, and no further ahead than `depth`.
package final class Prefetcher<Element: Sendable>: Sendable {
  private struct State: Sendable {
    var ready: [Int: Element] = [:]
    var started = 0
    var running = 0
    var taken = 0
    var isCancelled = false
  }

  private let count: Int
  private let depth: Int
  private let threads: Int
  private let produce: @Sendable (Int) -> Element
  private let state = Mutex(State())
  private let arrival = DispatchSemaphore(value: 0)
  private let queue = DispatchQueue(label: "framewise.prefetch", qos: .userInitiated, attributes: .concurrent)

  /// - Parameter count: how many elements there are; `produce` makes each from its number, on any thread.
  /// - Parameter depth: elements in the making or waiting, at most.
  /// - Parameter threads: elements in the making at a time, at most; nil sets no other limit than `depth`.
  package init(count: Int, depth: Int, threads: Int? = nil, produce: @escaping @Sendable (Int) -> Element) {
    self.count = count
    self.depth = max(1, depth)
    self.threads = max(1, threads ?? self.depth)
    self.produce = produce
    startWhatMay()
  }

  private func startWhatMay() {
    while let number = nextToStart() {
      queue.async { [self] in
        let element = state.withLock(\.isCancelled) ? nil : produce(number)
        state.withLock { state in
          state.ready[number] = element
          state.running -= 1
        }
        arrival.signal()
        startWhatMay()
      }
    }
  }

  private func nextToStart() -> Int? {
    state.withLock { state in
      guard state.started < count, !state.isCancelled, state.running < threads,
        state.started - state.taken < depth
      else { return nil }
      state.running += 1
      defer { state.started += 1 }
      return state.started
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
        startWhatMay()
        return found
      }
      if state.withLock({ $0.taken >= count || $0.isCancelled }) { return nil }
      arrival.wait()
    }
  }

  /// Elements that are not in the making yet will not be made; those that are, are waited for, so that nothing is read
  /// afterwards of what they are made from. To be called from the thread that takes.
  package func cancel() {
    state.withLock { $0.isCancelled = true }
    while state.withLock({ $0.running > 0 }) { arrival.wait() }
  }
}
