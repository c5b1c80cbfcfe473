import Storage

/// Which of a dataset's videos a sheet shows.
package enum SheetSelection: Sendable, Equatable {
  /// One of the pages into which all videos are cut, counted from 1.
  case page(Int)
  /// So many, drawn at random, in the order of the dataset; the same seed draws the same.
  case sample(Int, seed: UInt64)
  /// These, in this order, whether they are there or not.
  case ids([String])

  /// - Parameter limit: videos of one page.
  func choose(from population: [String], limit: Int) -> [String] {
    switch self {
    case .page(let page):
      let start = min((page - 1) * limit, population.count)
      return Array(population[start..<min(start + limit, population.count)])
    case .sample(let count, let seed):
      return Self.draw(min(count, population.count), of: population.count, seed: seed).map { population[$0] }
    case .ids(let ids): return ids
    }
  }

  /// At least one, though it may be empty.
  static func pages(of count: Int, limit: Int) -> Int { max(1, (count + limit - 1) / limit) }

  /// `count` different numbers below `total`, ascending, every choice equally likely (Floyd's algorithm: Bentley and
  /// Floyd, 1987): it takes as many steps as numbers, however many there are to choose from.
  private static func draw(_ count: Int, of total: Int, seed: UInt64) -> [Int] {
    var generator = SeededGenerator(seed: seed)
    var drawn: Set<Int> = []
    for bound in total - count..<total {
      let number = generator.int(below: bound + 1)
      drawn.insert(drawn.contains(number) ? bound : number)
    }
    return drawn.sorted()
  }
}
