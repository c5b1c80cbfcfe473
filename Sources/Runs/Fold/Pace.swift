/// Videos a second.
struct Pace {
  private static let window = 20
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var videos = 0
  /// Time and count at each of the last steps, the oldest first.
  private var marks: [(time: ContinuousClock.Instant, videos: Int)]

  init() {
    start = clock.now
    marks = [(start, 0)]
  }

  mutating func count(_ more: Int) {
    videos += more
    marks.append((clock.now, videos))
    if marks.count > Self.window + 1 { marks.removeFirst() }
  }

  /// Over the last steps.
  var recent: Double { Self.rate(from: marks.first, to: marks.last) }

  /// Since the start.
  var overall: Double { Self.rate(from: (start, 0), to: marks.last) }

  /// From the start to the last step.
  var seconds: Double { (marks.last.map { $0.time - start } ?? .zero) / .seconds(1) }

  private static func rate(
    from first: (time: ContinuousClock.Instant, videos: Int)?,
    to last: (time: ContinuousClock.Instant, videos: Int)?
  ) -> Double {
    guard let first, let last, last.time > first.time else { return 0 }
    return Double(last.videos - first.videos) / ((last.time - first.time) / .seconds(1))
  }
}
