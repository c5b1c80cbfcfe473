import Synchronization

/// A value that a thread brings and a task waits for. A task that is cancelled waits no longer.
final class Promise<Value: Sendable>: Sendable {
  private enum State {
    case open
    case awaited(CheckedContinuation<Value, any Error>)
    case kept(Result<Value, any Error>)
    case done
  }

  private let state = Mutex(State.open)

  /// Counts the first time alone.
  func keep(_ result: Result<Value, any Error>) {
    let waiting: CheckedContinuation<Value, any Error>? = state.withLock { state in
      switch state {
      case .open: state = .kept(result)
      case .awaited(let waiting):
        state = .done
        return waiting
      case .kept, .done: break
      }
      return nil
    }
    waiting?.resume(with: result)
  }

  /// Whether there is nothing more to bring, since nobody waits.
  var isSettled: Bool {
    state.withLock { state in
      switch state {
      case .open, .awaited: false
      case .kept, .done: true
      }
    }
  }

  /// To be asked for once.
  var value: Value {
    get async throws {
      try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
          let result: Result<Value, any Error>? = state.withLock { state in
            switch state {
            case .open:
              state = .awaited(continuation)
              return nil
            case .kept(let result):
              state = .done
              return result
            case .awaited, .done: preconditionFailure("a promise was asked for twice")
            }
          }
          if let result { continuation.resume(with: result) }
        }
      } onCancel: {
        keep(.failure(CancellationError()))
      }
    }
  }
}
