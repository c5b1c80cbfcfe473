import Synchronization

/// How many videos are under way, and whether more are let in.
package final class Admission: Sendable {
  private struct State: Sendable {
    var taken = 0
    var isDraining = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let most: Int
  private let state = Mutex(State())

  package init(most: Int) { self.most = most }

  /// Videos under way.
  package var taken: Int { state.withLock { $0.taken } }

  package var isDraining: Bool { state.withLock { $0.isDraining } }

  /// Lets one more video in; whoever is let in has to `leave`.
  /// - Parameter isFurther: of a request that is in already, and is answered whatever comes.
  fileprivate func enter(isFurther: Bool) throws(Refusal) {
    let refusal: Refusal? = state.withLock { state in
      if state.isDraining, !isFurther {
        return Refusal(.draining, "the server is about to end; ask another one")
      }
      guard state.taken < most else {
        return Refusal(.queueFull, "\(most) videos are under way; try again soon")
      }
      state.taken += 1
      return nil
    }
    if let refusal { throw refusal }
  }

  fileprivate func leave(_ count: Int) {
    let waiting: [CheckedContinuation<Void, Never>] = state.withLock { state in
      precondition(state.taken >= count, "more videos leave than came")
      state.taken -= count
      guard state.taken == 0 else { return [] }
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }

  /// Lets nobody in any more, and returns when the last one has left.
  package func drain() async {
    await withCheckedContinuation { continuation in
      let isEmpty = state.withLock { state in
        state.isDraining = true
        if state.taken > 0 { state.waiting.append(continuation) }
        return state.taken == 0
      }
      if isEmpty { continuation.resume() }
    }
  }
}

/// The places that the videos of one request have taken.
package final class AdmittedRequest: Sendable {
  private let admission: Admission
  private let places = Mutex(0)

  /// Whoever is let in has to `leave`.
  /// - Throws: `Refusal` where there is no place for its first video.
  package init(_ admission: Admission) throws(Refusal) {
    self.admission = admission
    try admission.enter(isFurther: false)
    places.withLock { $0 = 1 }
  }

  /// - Parameter videos: that it has.
  /// - Throws: `Refusal` where there is no place for all of them.
  package func hold(_ videos: Int) throws(Refusal) {
    while places.withLock({ $0 }) < videos {
      try admission.enter(isFurther: true)
      places.withLock { $0 += 1 }
    }
  }

  /// To be called once, when the request is answered or given up.
  package func leave() {
    admission.leave(
      places.withLock { places in
        defer { places = 0 }
        return places
      })
  }
}
