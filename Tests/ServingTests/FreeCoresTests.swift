import Testing

@testable import Serving

@Suite("Cores for what is computed together") struct FreeCoresTests {
  @Test(
    "A pack has the part of the cores that its videos are of all, and one at least",
    arguments: [(1, 1, 8), (1, 2, 4), (3, 8, 3), (1, 100, 1), (8, 8, 8), (16, 1, 8)])
  func part(videos: Int, underWay: Int, expected: Int) {
    var cores = FreeCores(8)
    #expect(cores.take(for: videos, of: underWay) == expected)
    #expect(cores.free == 8 - expected)
  }

  @Test("No core is given twice, and what comes back is given again")
  func free() {
    var cores = FreeCores(4)
    #expect(cores.take(for: 3, of: 4) == 3)
    #expect(cores.take(for: 4, of: 4) == 1)
    #expect(cores.free == 0)
    cores.giveBack(3)
    #expect(cores.take(for: 1, of: 1) == 3)
  }
}
