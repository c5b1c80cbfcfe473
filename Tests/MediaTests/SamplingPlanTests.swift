import Testing

@testable import Media

@Suite("Which moments are taken")
struct SamplingPlanTests {
  func moments(_ last: Double, _ maximum: Int, rate: Double = 1) -> [Double] {
    SamplingPlan(lastFrame: last, framesPerSecond: rate, maximumFrames: maximum).moments
  }

  @Test("31 seconds with room for 16 are spread from the first frame to the last")
  func spread() { #expect(moments(30, 16) == stride(from: 0, through: 30, by: 2).map { Double($0) }) }

  @Test("up to the maximum it is every second, and one frame more moves them only a little")
  func boundary() {
    #expect(moments(31, 32) == (0...31).map { Double($0) })
    #expect(moments(31.9, 32) == (0...31).map { Double($0) })
    #expect(moments(32, 32).last == 32)
    #expect(zip(moments(32, 32), moments(31, 32)).allSatisfy { $0 - $1 <= 1 })
  }

  @Test("clocks that are a little off lose no second", arguments: [0.9996, 1, 1.0004])
  func rounding(last: Double) { #expect(moments(last, 32).count == 2) }

  @Test("a single frame, and times that make no sense")
  func degenerate() {
    #expect(moments(0, 32) == [0])
    #expect(moments(-5, 32) == [0])
    #expect(moments(1e300, 4).count == 4)
    #expect(moments(10, 1) == [5])
  }
}
