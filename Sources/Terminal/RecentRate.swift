/// How many a second, over the last half minute: a slow start must not spoil the time left for an hour.
struct RecentRate {
  let start: Double
  private static let window = 30.0
  private static let spacing = 0.5
  /// Time in seconds and count, about every `spacing` seconds, oldest first.
  private var points: [(time: Double, count: Int)]

  private let startCount: Int

  init(start: Double, count: Int = 0) {
    self.start = start
    startCount = count
    points = [(start, count)]
  }

  mutating func record(_ count: Int, at time: Double) {
    if points.count > 1, time - points[points.count - 2].time < Self.spacing { points.removeLast() }
    points.append((time, count))
    // The point just before the window stays, so that a job of one step a minute has a rate too.
    while points.count > 2, points[1].time < time - Self.window { points.removeFirst() }
  }

  /// Nil until there is something to divide.
  var perSecond: Double? {
    guard let first = points.first, let last = points.last, last.time > first.time, last.count > first.count
    else { return nil }
    return Double(last.count - first.count) / (last.time - first.time)
  }

  /// From the start to the last record.
  var overall: Double? {
    guard let last = points.last, last.time > start, last.count > startCount else { return nil }
    return Double(last.count - startCount) / (last.time - start)
  }

  /// `46.1/s`; slower than one a second as `0.25/s`.
  static func text(_ perSecond: Double) -> String {
    let digits = perSecond < 10 ? 100.0 : perSecond < 1000 ? 10.0 : 1.0
    let rounded = (perSecond * digits).rounded() / digits
    return digits == 1 ? "\(Int(rounded))/s" : "\(rounded)/s"
  }
}
