import Synchronization

/// How far a long job has come: on a terminal one line that is redrawn, elsewhere a plain line now and then.
///
///     training  1920/16000  12%  46.1/s  5:05 left  loss 1.204
///
/// Always on the stream for messages. Safe to advance from any thread.
package final class ProgressDisplay: Sendable {
  private let console: Console
  private let label: String
  private let total: Int?
  private let now: @Sendable () -> Double
  private let state: Mutex<State>

  private struct State {
    var completed = 0
    var note = ""
    var rate: RecentRate
    var lastDrawn: Double
    var isFinished = false
  }

  /// - Parameters:
  ///   - total: how many there will be; nil where nobody knows.
  ///   - now: seconds of a clock that only goes forward; tests bring their own.
  package init(
    _ label: String, total: Int?, on console: Console = .standard,
    now: @escaping @Sendable () -> Double = ProgressDisplay.monotonicSeconds
  ) {
    self.console = console
    self.label = label
    self.total = total
    self.now = now
    let start = now()
    state = Mutex(State(rate: RecentRate(start: start), lastDrawn: start))
    if console.style.isTerminal {
      console.redraw(line(State(rate: RecentRate(start: start), lastDrawn: start)))
    }
  }

  /// Seconds between two drawings: fluent on a terminal, sparse in a log.
  private var rhythm: Double { console.style.isTerminal ? 0.1 : 10 }

  /// Counts `count` more. `note` is free text at the end of the line (the loss, say) and stays until the next one.
  package func advance(by count: Int = 1, note: String? = nil) {
    record(note) { $0 += count }
  }

  /// As `advance`, for a job that says how many are done rather than how many more.
  package func update(completed: Int, note: String? = nil) {
    record(note) { $0 = completed }
  }

  private func record(_ note: String?, _ count: (inout Int) -> Void) {
    let time = now()
    state.withLock { state in
      count(&state.completed)
      if let note { state.note = note }
      state.rate.record(state.completed, at: time)
      guard !state.isFinished, time - state.lastDrawn >= rhythm else { return }
      state.lastDrawn = time
      draw(state)
    }
  }

  /// Says that `completed` were done before, by a run that this one goes on from; they count for no speed.
  package func start(at completed: Int) {
    let time = now()
    state.withLock { state in
      state.completed = completed
      state.rate = RecentRate(start: time, count: completed)
    }
  }

  /// Writes the last line, with the time taken, for good. Later calls do nothing.
  package func finish(note: String? = nil) {
    let time = now()
    state.withLock { state in
      guard !state.isFinished else { return }
      state.isFinished = true
      if let note { state.note = note }
      console.clearStatus()
      state.rate.record(state.completed, at: time)
      let speed = state.rate.overall.map { "  \(RecentRate.text($0))" } ?? ""
      console.message("\(head(state))\(speed)  \(Self.clock(time - state.rate.start))\(tail(state))")
    }
  }

  private func draw(_ state: State) {
    if console.style.isTerminal {
      console.redraw(line(state).onOneLine)
    } else {
      console.message(line(state))
    }
  }

  private func line(_ state: State) -> String {
    var line = head(state)
    if let rate = state.rate.perSecond {
      line += "  \(RecentRate.text(rate))"
      if let total, total > state.completed {
        line += "  \(Self.clock(Double(total - state.completed) / rate)) left"
      }
    }
    return line + tail(state)
  }

  private func head(_ state: State) -> String {
    guard let total else { return "\(label)  \(state.completed)" }
    let percent = total > 0 ? min(100, state.completed * 100 / total) : 100
    return "\(label)  \(state.completed)/\(total)  \(percent)%"
  }

  private func tail(_ state: State) -> String { state.note.isEmpty ? "" : "  \(state.note)" }

  /// `m:ss`, or `h:mm:ss` from an hour on.
  static func clock(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "?" }
    let whole = Int(seconds.rounded())
    let two = { (value: Int) in value < 10 ? "0\(value)" : "\(value)" }
    return whole < 3600
      ? "\(whole / 60):\(two(whole % 60))" : "\(whole / 3600):\(two(whole / 60 % 60)):\(two(whole % 60))"
  }

  /// Seconds of the system's monotonic clock.
  package static let monotonicSeconds: @Sendable () -> Double = {
    let origin = ContinuousClock.now
    return { (ContinuousClock.now - origin) / .seconds(1) }
  }()
}
