import Inference

/// What is computed together at most. A video that is larger is computed alone.
struct PackLimits: Sendable, Equatable {
  var tokens: Int
  var frames: Int
}

/// Videos that wait for the models, and which of them are computed together: one of each request in turn, as many as fit. So
/// nobody waits long for what somebody else asked much of.
struct PackQueue<Waiting: Sendable>: Sendable {
  struct Entry: Sendable {
    var waiting: Waiting
    var tokens: Int
    var frames: Int
    var arrival: ContinuousClock.Instant
    /// Until when it waits for others.
    var due: ContinuousClock.Instant
  }

  enum Next: Sendable {
    case pack([Entry])
    /// There may be more to come; nil says nothing about when.
    case wait(until: ContinuousClock.Instant?)
  }

  /// What waits of one request, the first to come first; never nothing.
  private struct Request: Sendable {
    let id: Int
    var entries: [Entry]
  }

  let limits: PackLimits
  /// In the order in which it is their turn.
  private var requests: [Request] = []

  init(_ limits: PackLimits) { self.limits = limits }

  var count: Int { requests.reduce(0) { $0 + $1.entries.count } }

  /// - Parameter request: a number of its own.
  mutating func append(_ entries: [Entry], of request: Int) {
    guard !entries.isEmpty else { return }
    if let place = requests.firstIndex(where: { $0.id == request }) {
      requests[place].entries += entries
    } else {
      requests.append(Request(id: request, entries: entries))
    }
  }

  mutating func removeAll(where isUnwanted: (Waiting) -> Bool) {
    for place in requests.indices { requests[place].entries.removeAll { isUnwanted($0.waiting) } }
    requests.removeAll { $0.entries.isEmpty }
  }

  /// A pack that is full, or in which a video has waited long enough, or all of them, where no more are on their way.
  mutating func next(at now: ContinuousClock.Instant, areMoreOnTheirWay: Bool) -> Next {
    var (pack, tokens, frames) = ([Entry](), 0, 0)
    var turns = requests[...]
    while let entry = turns.first?.entries.first {
      let (allTokens, allFrames) = (tokens + entry.tokens, frames + entry.frames)
      if !pack.isEmpty, allTokens > limits.tokens || allFrames > limits.frames { break }
      (tokens, frames) = (allTokens, allFrames)
      pack.append(entry)
      var request = turns.removeFirst()
      request.entries.removeFirst()
      if !request.entries.isEmpty { turns.append(request) }
    }
    guard let due = pack.map(\.due).min() else { return .wait(until: nil) }
    let isFull = !turns.isEmpty || tokens >= limits.tokens || frames >= limits.frames
    guard isFull || !areMoreOnTheirWay || now >= due else { return .wait(until: due) }
    requests = Array(turns)
    return .pack(pack)
  }
}
