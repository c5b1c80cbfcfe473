import Foundation
import Storage
import Testing

@Suite struct SeededGeneratorTests {
  @Test("The numbers of a seed are these, on every machine")
  func fixed() {
    var generator = SeededGenerator(seed: 42)
    #expect(
      (0..<3).map { _ in generator.next() } == [
        1_865_750_160_070_900_731, 6_791_145_067_590_612_263, 14_118_064_813_682_728_970,
      ])
    #expect(generator.shuffled(0..<8) == [3, 1, 6, 0, 2, 5, 7, 4])
  }

  @Test("Streams of one seed, and seeds of one stream, are different")
  func streams() {
    var firsts: Set<UInt64> = []
    for seed in 0..<50 as Range<UInt64> {
      for stream in 0..<50 as Range<UInt64> {
        var generator = SeededGenerator(seed: seed, stream: stream)
        firsts.insert(generator.next())
      }
    }
    #expect(firsts.count == 2500)
  }

  @Test("Integers below a bound are all of them, about equally often")
  func uniformIntegers() {
    var generator = SeededGenerator(seed: 3)
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<70_000 { counts[generator.int(below: 7)] += 1 }
    #expect(counts.allSatisfy { (9_600...10_400).contains($0) })  // 10,000 ± four deviations
    #expect(generator.int(below: 1) == 0)
  }

  @Test("Real numbers are at least 0 and less than 1, with their mean in the middle")
  func uniformReals() {
    var generator = SeededGenerator(seed: 4)
    let numbers = (0..<10_000).map { _ in generator.uniform() }
    #expect(numbers.allSatisfy { (0..<1).contains($0) })
    #expect(abs(numbers.reduce(0, +) / 10_000 - 0.5) < 0.012)
  }

  @Test("Every order of three comes up about equally often")
  func shuffles() {
    var generator = SeededGenerator(seed: 5)
    var counts: [[Int]: Int] = [:]
    for _ in 0..<6_000 { counts[generator.shuffled([0, 1, 2]), default: 0] += 1 }
    #expect(counts.count == 6)
    #expect(counts.values.allSatisfy { (880...1_120).contains($0) })
    #expect(generator.shuffled([Int]()) == [])
  }

  @Test("A stored state goes on where it stopped, and one of zeros is refused")
  func resumed() throws {
    var generator = SeededGenerator(seed: 6)
    _ = generator.next()
    var copy = try JSONText.decode(SeededGenerator.self, from: JSONText.encode(generator))
    #expect((0..<10).map { _ in copy.next() } == (0..<10).map { _ in generator.next() })
    #expect(throws: DecodingError.self) {
      try JSONText.decode(SeededGenerator.self, from: Array("[0,0,0,0]".utf8))
    }
  }
}
