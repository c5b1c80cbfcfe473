import Synchronization

/// Where the time of a computation goes, for those who measure; nobody else pays for it.
package final class PhaseClock: Sendable {
  private let device: Device
  private let marks: Mutex<[(phase: String, moment: Moment)]>

  @TaskLocal private static var current: PhaseClock?

  private init(_ device: Device) {
    self.device = device
    marks = Mutex([("", Moment(on: device))])
  }

  /// Whatever this thread has computed since its last mark is `phase`.
  package static func mark(_ phase: @autoclosure () -> String) {
    guard let clock = current else { return }
    let (phase, moment) = (phase(), Moment(on: clock.device))
    clock.marks.withLock { $0.append((phase, moment)) }
  }

  /// Seconds of each phase that this thread's part of `body` marks, by the clock of the device.
  package static func measuring(on device: Device, _ body: () throws -> Void) rethrows -> [String: Double] {
    let clock = PhaseClock(device)
    try $current.withValue(clock) { try body() }
    let marks = clock.marks.withLock { $0 }
    return zip(marks, marks.dropFirst()).reduce(into: [:]) { seconds, pair in
      seconds[pair.1.phase, default: 0] += pair.1.moment.seconds(since: pair.0.moment)
    }
  }
}
