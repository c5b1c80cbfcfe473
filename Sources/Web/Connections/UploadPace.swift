import Serving

/// Whether a body comes fast enough: who sends a byte now and then is not idle, and would keep places for all the time that a
/// request has.
struct UploadPace {
  /// Bytes that have to come in each period.
  static let leastBytes = 64 << 10

  private let period: Duration
  private var start: ContinuousClock.Instant
  private var bytes = 0

  /// - Parameter start: when the body was asked for.
  init(period: Duration, from start: ContinuousClock.Instant) { (self.period, self.start) = (period, start) }

  /// - Throws: `Refusal` where a period is over in which too little has come.
  mutating func take(_ count: Int, at now: ContinuousClock.Instant) throws(Refusal) {
    bytes += count
    guard now - start >= period else { return }
    guard bytes >= Self.leastBytes else {
      throw Refusal(
        .slowUpload, "the body comes too slowly: fewer than \(Self.leastBytes) bytes in \(period)")
    }
    (start, bytes) = (now, 0)
  }
}
