import Dataset
import Testing

@Suite("First levels") struct FirstLevelsTests {
  private let levels = FirstLevels(["0100", "0101", "0102", "0200"])

  @Test("A first level has the sum of its categories, whatever their order")
  func sums() {
    #expect(levels.count == 2 && levels.parents == [0, 0, 0, 1])
    #expect(levels.sums(of: [0.25, 0.25, 0, 0.5]) == [0.5, 0.5])
    #expect(FirstLevels(["0200", "0100"]).sums(of: [0.75, 0.25]) == [0.25, 0.75])
  }

  @Test("The best category is of the best first level, also where a single category has more")
  func best() {
    #expect(levels.best(of: [0.2, 0.25, 0.15, 0.4]) == 1)
    #expect(levels.best(of: [0.1, 0.1, 0.1, 0.7]) == 3)
    #expect(levels.best(of: [0, 0, 0, 0]) == 0, "the first of several")
  }

  @Test(
    "Two questions put together: each first level keeps its probability, and its categories their proportion")
  func combined() {
    #expect(
      levels.combined(level1: [0.5, 0.5], level2: [0.25, 0.5, 0.25, 0.125]) == [0.125, 0.25, 0.125, 0.5])
    let alike = levels.combined(level1: [0.75, 0.25], level2: [0, 0, 0, 0.5])
    #expect(alike == [0.25, 0.25, 0.25, 0.25], "of which nothing is known share alike")
  }
}
