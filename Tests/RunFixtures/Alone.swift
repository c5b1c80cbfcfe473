import Synchronization
package import Testing

/// Lets one test at a time draw from libtorch's random numbers, of which there is one sequence for the whole process:
/// those of all targets that bear this trait wait for each other.
package struct Alone: SuiteTrait, TestTrait, TestScoping {
  private static let turn = Turn()

  package var isRecursive: Bool { true }

  package func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    guard testCase != nil else { return try await function() }
    await Self.turn.take()
    defer { Self.turn.give() }
    try await function()
  }
}

extension Trait where Self == Alone {
  package static var alone: Alone { Alone() }
}

/// What one test has and the others wait for, in the order in which they came.
private final class Turn: Sendable {
  private struct State {
    var isTaken = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  func take() async {
    await withCheckedContinuation { continuation in
      let isFree = state.withLock { state in
        if state.isTaken { state.waiting.append(continuation) }
        defer { state.isTaken = true }
        return !state.isTaken
      }
      if isFree { continuation.resume() }
    }
  }

  func give() {
    let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
      if state.waiting.isEmpty {
        state.isTaken = false
        return nil
      }
      return state.waiting.removeFirst()
    }
    next?.resume()
  }
}
