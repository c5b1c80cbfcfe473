import Testing

@testable import Serving

@Suite("What is computed together") struct PackQueueTests {
  private let start = ContinuousClock.now
  private let limits = PackLimits(tokens: 100, frames: 10)

  /// Of each number a request of one video.
  private func queue(_ sizes: [(tokens: Int, frames: Int)]) -> PackQueue<Int> {
    var queue = PackQueue<Int>(limits)
    for (number, size) in sizes.enumerated() {
      let arrival = start + .milliseconds(number)
      let entry = PackQueue.Entry(
        waiting: number, tokens: size.tokens, frames: size.frames, arrival: arrival,
        due: arrival + .milliseconds(20))
      queue.append([entry], of: number)
    }
    return queue
  }

  private func pack(_ next: PackQueue<Int>.Next) -> [Int]? {
    if case .pack(let pack) = next { pack.map(\.waiting) } else { nil }
  }

  @Test("Nobody waits for others where none are on their way")
  func alone() {
    var queue = queue([(1, 1), (1, 1)])
    #expect(pack(queue.next(at: start, areMoreOnTheirWay: true)) == nil)
    #expect(pack(queue.next(at: start, areMoreOnTheirWay: false)) == [0, 1])
  }

  @Test("The first ones, as many as fit by tokens and by frames; the rest waits for the next")
  func bounds() {
    var byTokens = queue([(60, 1), (40, 1), (1, 1)])
    #expect(pack(byTokens.next(at: start, areMoreOnTheirWay: true)) == [0, 1])
    #expect(pack(byTokens.next(at: start, areMoreOnTheirWay: true)) == nil, "it may have company")
    #expect(pack(byTokens.next(at: start + .milliseconds(22), areMoreOnTheirWay: true)) == [2])
    var byFrames = queue([(1, 6), (1, 5), (1, 5)])
    #expect(pack(byFrames.next(at: start, areMoreOnTheirWay: true)) == [0])
    #expect(pack(byFrames.next(at: start, areMoreOnTheirWay: true)) == [1, 2])
  }

  @Test("A video that is larger than the bounds is computed alone")
  func large() {
    var queue = queue([(500, 99), (1, 1)])
    #expect(pack(queue.next(at: start, areMoreOnTheirWay: true)) == [0])
  }

  @Test("No video waits for others longer than it was said, and an empty queue has nothing to wait for")
  func wait() {
    var queue = queue([(1, 1), (1, 1)])
    guard case .wait(let end) = queue.next(at: start, areMoreOnTheirWay: true) else {
      Issue.record("it may have company")
      return
    }
    #expect(end == start + .milliseconds(20))
    #expect(pack(queue.next(at: start + .milliseconds(20), areMoreOnTheirWay: true)) == [0, 1])
    guard case .wait(nil) = queue.next(at: start, areMoreOnTheirWay: true) else {
      Issue.record("there is nothing")
      return
    }
  }

  @Test("Who asks for much does not keep others waiting: requests take turns, by one video each")
  func turns() {
    func entries(_ numbers: Range<Int>) -> [PackQueue<Int>.Entry] {
      numbers.map {
        .init(waiting: $0, tokens: 25, frames: 1, arrival: start, due: start + .milliseconds(20))
      }
    }
    var queue = PackQueue<Int>(limits)
    queue.append(entries(0..<256), of: 1)
    queue.append(entries(256..<512), of: 1)
    queue.append(entries(1000..<1001), of: 2)
    queue.append(entries(2000..<2006), of: 3)
    #expect(pack(queue.next(at: start, areMoreOnTheirWay: true)) == [0, 1000, 2000, 1])
    // Where one pack ends, the next goes on: it is the third one's turn.
    #expect(pack(queue.next(at: start, areMoreOnTheirWay: true)) == [2001, 2, 2002, 3])
    queue.append(entries(3000..<3001), of: 4)
    #expect(pack(queue.next(at: start, areMoreOnTheirWay: true)) == [2003, 4, 3000, 2004])
    #expect(queue.count == 512 + 1 + 6 + 1 - 12)
    var rest: [Int] = []
    while let pack = pack(queue.next(at: start + .seconds(1), areMoreOnTheirWay: true)) { rest += pack }
    #expect(rest == [5, 2005] + Array(6..<512) && queue.count == 0)
  }

  @Test("What nobody waits for is not computed")
  func unwanted() {
    var queue = queue([(1, 1), (1, 1)])
    queue.removeAll { $0 == 0 }
    #expect(pack(queue.next(at: start + .seconds(1), areMoreOnTheirWay: true)) == [1])
  }
}
