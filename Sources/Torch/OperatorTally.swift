import Synchronization

/// How often each operator was called, from whatever thread: what passes through the one choke point.
package enum OperatorTally {
  /// The name under which values are counted that go from Swift's memory to a tensor.
  package static let upload = "upload"

  private static let isCounting = Atomic(false)
  private static let counts = Mutex<[String: Int]>([:])

  /// Counts while `body` runs. One at a time: tests do this, in a process of their own.
  package static func counting(_ body: () throws -> Void) rethrows -> [String: Int] {
    counts.withLock { $0 = [:] }
    isCounting.store(true, ordering: .sequentiallyConsistent)
    defer { isCounting.store(false, ordering: .sequentiallyConsistent) }
    try body()
    return counts.withLock { $0 }
  }

  static func note(_ name: @autoclosure () -> String) {
    guard isCounting.load(ordering: .relaxed) else { return }
    let name = name()
    counts.withLock { $0[name, default: 0] += 1 }
  }
}
