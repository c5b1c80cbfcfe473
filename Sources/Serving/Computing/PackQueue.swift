import Inference

/// What is computed together at most. A video that is larger is computed alone.
struct PackLimits: Sendable, Equatable {
  var tokens: Int
  var frames: Int
  /// From when a video came.
  var wait: Duration
}

/// Videos that wait for the models, and which of them are computed together: the first ones, as many as fit.
struct PackQueue<Waiting: Sendable>: Sendable {
  struct Entry: Sendable {
    var waiting: Waiting
    var tokens: Int
    var frames: Int
    var arrival: ContinuousClock.Instant
  }

  enum Next: Sendable {
    case pack([Entry])
    /// There may be more to come; nil says nothing about when.
    case wait(until: ContinuousClock.Instant?)
  }

  let limits: PackLimits
  private(set) var entries: [Entry] = []

  init(_ limits: PackLimits) { self.limits = limits }

  mutating func append(_ entry: Entry) { entries.append(entry) }

  mutating func removeAll(where isUnwanted: (Waiting) -> Bool) {
    entries.removeAll { isUnwanted($0.waiting) }
  }

  /// A pack that is full, or whose first video has waited long enough.
  mutating func next(at now: ContinuousClock.Instant) -> Next {
    guard let first = entries.first else { return .wait(until: nil) }
    var (count, tokens, frames) = (0, 0, 0)
    for entry in entries {
      (tokens, frames) = (tokens + entry.tokens, frames + entry.frames)
      if count > 0, tokens > limits.tokens || frames > limits.frames { break }
      count += 1
    }
    let isFull = count < entries.count || tokens >= limits.tokens || frames >= limits.frames
    let end = first.arrival + limits.wait
    guard isFull || now >= end else { return .wait(until: end) }
    defer { entries.removeFirst(count) }
    return .pack(Array(entries[..<count]))
  }
}
