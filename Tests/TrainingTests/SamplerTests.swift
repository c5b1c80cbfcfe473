import Storage
import Testing

@testable import Training

@Suite("The order of an epoch") struct SamplerTests {
  /// 90 videos of category 0, 9 of 1 and 1 of 2, numbered from 5.
  private let labels =
    [Int](repeating: -1, count: 5) + Array(repeating: 0, count: 90)
    + Array(repeating: 1, count: 9) + [2]
  private var videos: [Int] { Array(5..<105) }

  private func epoch(_ exponent: Double, seed: UInt64 = 1) -> [Sampler.Turn] {
    var generator = SeededGenerator(seed: seed)
    return Sampler(videos: videos, labels: labels, exponent: exponent).epoch(using: &generator)
  }

  @Test("With exponent 1 every video has one turn, in an order of the seed's")
  func once() {
    let turns = epoch(1)
    #expect(turns.map(\.index).sorted() == videos && turns.allSatisfy { $0.repetition == 0 })
    #expect(turns.map(\.index) != videos && turns.map(\.index) != epoch(1, seed: 2).map(\.index))
    #expect(turns.map(\.index) == epoch(1).map(\.index))
  }

  @Test("A category's turns are in proportion to count^s", arguments: [0, 0.5])
  func proportions(exponent: Double) {
    var counts = [0.0, 0, 0]
    for seed in 0..<UInt64(100) {
      for turn in epoch(exponent, seed: seed) { counts[labels[turn.index]] += 1 }
    }
    let weights = exponent == 0 ? [1, 1, 1] : [90, 9, 1].map { Double($0).squareRoot() }
    for (count, weight) in zip(counts, weights) {
      let expected = 10_000 * weight / weights.reduce(0, +)
      #expect(abs(count - expected) < 6 * expected.squareRoot())
    }
  }

  @Test("A category shows all its videos before it shows one again, and says how often it did")
  func turns() {
    let turns = epoch(0)
    #expect(turns.count == 100)
    for category in 0...2 {
      let own = turns.filter { labels[$0.index] == category }
      var shown: [Int: Int] = [:]
      for turn in own {
        #expect(turn.repetition == shown[turn.index, default: 0])
        shown[turn.index, default: 0] += 1
      }
      #expect((shown.values.max() ?? 0) - (shown.values.min() ?? 0) <= 1)
    }
  }
}
