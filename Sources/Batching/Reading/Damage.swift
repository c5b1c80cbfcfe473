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
  func note(undecodable count: Int, of index: Int) {
    if count > 0 { state.withLock { $0.frames[index] = count } }
  }

  func noteMissing(_ index: Int) { state.withLock { _ = $0.videos.insert(index) } }

  /// A sentence for each kind, with how many there are and the first of them. What was never stored is not damage:
  /// `Coverage` has told of it.
  package func warnings(_ annotations: [Annotation], source: any VideoSource) -> [String] {
    let (frames, missing) = state.withLock { ($0.frames, $0.videos) }
    var warnings: [String] = []
    if !frames.isEmpty {
      let ids = frames.keys.sorted().map { annotations[$0].id }
      let count = frames.values.reduce(0, +)
      warnings.append(
        "\(count) \(count == 1 ? "frame" : "frames") of \(Self.listed(ids)) cannot be decoded and "
          + "\(count == 1 ? "is" : "are") left out; extract again")
    }
    if !missing.isEmpty {
      let stored = Set(source.ids)
      let ids = missing.sorted().map { annotations[$0].id }.filter(stored.contains)
      if let first = ids.first, case .missing(let reason) = source.content(of: first) {
        warnings.append(
          "\(Self.listed(ids)) cannot be read and \(ids.count == 1 ? "counts" : "count") as without frames "
            + "(the first: \(reason)); extract again")
      }
    }
    return warnings
  }

  /// `5 videos (a, b, c, …)`
  private static func listed(_ ids: [String]) -> String {
    let more = ids.count > named ? ", …" : ""
    return
      "\(ids.count) \(ids.count == 1 ? "video" : "videos") (\(ids.prefix(named).joined(separator: ", "))\(more))"
  }
}
