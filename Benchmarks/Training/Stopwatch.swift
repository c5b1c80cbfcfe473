/// Adds up the time of each phase of a repeated job.
struct Stopwatch {
  private(set) var phases: [(name: String, time: Duration)] = []
  private let clock = ContinuousClock()

  var total: Duration { phases.reduce(.zero) { $0 + $1.time } }

  mutating func measure<Result>(_ name: String, _ body: () -> Result) -> Result {
    let start = clock.now
    let result = body()
    let time = clock.now - start
    if let place = phases.firstIndex(where: { $0.name == name }) {
      phases[place].time += time
    } else {
      phases.append((name, time))
    }
    return result
  }
}

extension Duration {
  /// Rounded to tenths.
  var milliseconds: Double { (self / .milliseconds(1) * 10).rounded() / 10 }
}
