package import Dataset
import Synchronization

/// What is stored of the videos and could not be read, noted from any thread as it is met.
package final class Damage: Sendable {
  private struct State {
    /// Frames that no decoder takes, by the place of their video.
    var frames: [Int: Int] = [:]
    /// Places of videos of which nothing could be had; those that were never stored among them.
    var videos: Set<Int> = []
  }

  private let state = Mutex(State())
  private static let named = 3

  package init() {}

  /// Every reading of a video finds the same, so that a second one counts no more than the first.
  package func note(undecodable count: Int, of index: Int) {
    if count > 0 { state.withLock { $0.frames[index] = count } }
  }

  package func noteMissing(_ index: Int) { state.withLock { _ = $0.videos.insert(index) } }

  /// A sentence for each kind, with how many there are and the first of them. What was never stored is not damage:
  /// `Coverage` has told of it.
  package func warnings(_ annotations: [Annotation], source: any VideoSource) -> [String] {
    summary(annotations, source: source, stored: VideoIDs(source.ids)).warnings
  }

  /// What was met of `annotations`, with the names of the first few.
  /// - Parameter stored: the ids of the source.
  package func summary(
    _ annotations: [Annotation], source: any VideoSource, stored: VideoIDs
  ) -> Summary {
    let (frames, missing) = state.withLock { ($0.frames, $0.videos) }
    var summary = Summary()
    for index in frames.keys.sorted() {
      summary.frames += frames[index] ?? 0
      summary.incomplete.add(annotations[index].id)
    }
    for index in missing.sorted() where stored.contains(annotations[index].id) {
      let id = annotations[index].id
      if summary.unreadable.count == 0, case .missing(let reason) = source.content(of: id) {
        summary.reason = reason
      }
      summary.unreadable.add(id)
    }
    return summary
  }

  /// Damage in words' worth of memory, so that what many windows of one list met can be put together.
  package struct Summary: Sendable {
    /// That cannot be decoded.
    fileprivate var frames = 0
    fileprivate var incomplete = Names()
    fileprivate var unreadable = Names()
    /// Why the first cannot be read.
    fileprivate var reason: String?

    package init() {}

    /// - Parameter later: what came after this in the list.
    package mutating func add(_ later: Summary) {
      frames += later.frames
      incomplete.add(later.incomplete)
      if unreadable.count == 0 { reason = later.reason }
      unreadable.add(later.unreadable)
    }

    package var warnings: [String] {
      var warnings: [String] = []
      if frames > 0 {
        warnings.append(
          "\(frames) \(frames == 1 ? "frame" : "frames") of \(incomplete.text) cannot be decoded and "
            + "\(frames == 1 ? "is" : "are") left out; extract again")
      }
      if let reason {
        warnings.append(
          "\(unreadable.text) cannot be read and \(unreadable.count == 1 ? "counts" : "count") as without frames "
            + "(the first: \(reason)); extract again")
      }
      return warnings
    }
  }

  /// How many videos, and the first of them.
  fileprivate struct Names {
    private(set) var count = 0
    private var first: [String] = []

    mutating func add(_ id: String) {
      count += 1
      if first.count < named { first.append(id) }
    }

    mutating func add(_ later: Names) {
      count += later.count
      first += later.first.prefix(named - first.count)
    }

    /// `5 videos (a, b, c, …)`
    var text: String {
      "\(count) \(count == 1 ? "video" : "videos") (\(first.joined(separator: ", "))\(count > first.count ? ", …" : ""))"
    }
  }
}
