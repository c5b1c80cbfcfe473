import Foundation
import Glibc
import Synchronization

/// Turns the first Ctrl-C (or SIGTERM) into a cancelled task, so that partial files are removed and workers
/// ended on the way out; the second one, of either kind, ends the program at once with 130.
struct Interruption {
  /// The write end of a pipe: all that a signal handler may safely do is to write to it.
  private static let pipeEnd = Atomic<Int32>(-1)
  private static let received = Atomic<Int32>(0)

  /// The signal that came first, if any.
  var signal: Int32? {
    let signal = Self.received.load(ordering: .relaxed)
    return signal == 0 ? nil : signal
  }

  func cancelling(_ body: @escaping @Sendable () async throws -> Void) async throws {
    let task = Task(operation: body)
    Self.watch { task.cancel() }
    try await task.value
  }

  private static func watch(_ onFirst: @escaping @Sendable () -> Void) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return }  // then signals keep their default effect
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let readEnd = ends[0]
    pipeEnd.store(ends[1], ordering: .sequentiallyConsistent)
    Thread.detachNewThread {
      var byte: UInt8 = 0
      while read(readEnd, &byte, 1) < 0 && errno == EINTR {}
      onFirst()
    }
    for number in [SIGINT, SIGTERM] { install(number) }
  }

  /// A signal that whoever started us chose to ignore stays ignored.
  private static func install(_ number: Int32) {
    var action = sigaction()
    sigaction(number, nil, &action)
    guard unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) != 1 else { return }
    // Handlers, unlike blocked or ignored signals, do not pass to programs that we start.
    action = sigaction()
    action.__sigaction_handler.sa_handler = { number in
      guard Interruption.received.exchange(number, ordering: .relaxed) == 0 else { _exit(130) }
      var byte: UInt8 = 0
      _ = write(Interruption.pipeEnd.load(ordering: .relaxed), &byte, 1)
    }
    action.sa_flags = SA_RESTART
    sigaction(number, &action, nil)
  }
}
