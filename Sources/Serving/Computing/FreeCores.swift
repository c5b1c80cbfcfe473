/// The cores that nothing is computed on, and how many of them a pack gets.
struct FreeCores: Sendable {
  private let all: Int
  private(set) var free: Int

  init(_ count: Int) { (all, free) = (count, count) }

  /// Takes as large a part of all cores as the pack is of what is under way, of those that are free, and one at least. A lone
  /// video has all of them; where many wait, each core computes a pack of its own, and never waits for the others.
  /// - Parameters:
  ///   - videos: of the pack.
  ///   - underWay: videos that are read, wait or are computed, all together.
  mutating func take(for videos: Int, of underWay: Int) -> Int {
    precondition(free > 0, "there is no core")
    let taken = min(max(all * videos / max(videos, underWay), 1), free)
    free -= taken
    return taken
  }

  mutating func giveBack(_ cores: Int) {
    free += cores
    precondition(free <= all, "more cores come back than went")
  }
}
