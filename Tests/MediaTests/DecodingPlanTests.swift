import Testing

@testable import Media

@Suite("Which packets are decoded")
struct DecodingPlanTests {
  /// A stream in the order of the file, as `I0 P4 b2 b3 | I8 …`: I is an entry that needs nothing before it, R one
  /// after a reset, S a keyframe that is none, P a reference, b a picture that nothing depends on; the number is the time in seconds.
  func rows(_ text: String) -> [PacketTable.Row] {
    text.split(separator: " ").enumerated().map { number, word in
      var kind = PacketKind()
      switch word.first {
      case "I": kind.entry = .anywhere
      case "R": kind.entry = .afterReset
      case "S": kind.entry = .itself
      case "b": kind.isReference = false
      default: break
      }
      return PacketTable.Row(time: Int64(word.dropFirst()) ?? 0, kind: kind, number: number)
    }
  }

  func plan(_ text: String, at moments: [Double]) throws -> (plan: DecodingPlan, decoded: [[Int64]]) {
    let rows = rows(text)
    let order = try #require(PresentationOrder(rows, reorders: true))
    let plan = DecodingPlan(showing: moments, rows, order) { Double(rows[$0].time) }
    return (
      plan, plan.runs.map { run in run.filter { !plan.skips($0, in: run, rows) }.map { rows[$0].time } }
    )
  }

  let closed = "I0 P4 b1 b2 b3 P7 b5 b6 I8 P12 b9 b10 b11 P15 b13 b14 I16 P20 b17 b18 b19"

  @Test("from the last entry up to the frame, without what nothing depends on")
  func closedGroups() throws {
    #expect(try plan(closed, at: [0]).decoded == [[0]])
    #expect(try plan(closed, at: [2, 20]).decoded == [[0, 4, 2], [16, 20]])
    #expect(try plan(closed, at: [0, 14.5]).decoded == [[0], [8, 12, 15, 14]])
    // Nothing lies between the end of one group's need and the next group: that is no jump.
    #expect(try plan(closed, at: [6, 8]).decoded == [[0, 4, 7, 6, 8]])
  }

  @Test("a frame stands for every moment up to the next frame's time")
  func moments() throws {
    let plan = try plan("I0 P1 P3 P3000", at: [0, 1, 2, 2.9996, 4, 2999]).plan
    #expect(plan.targets.map(\.row) == [0, 1, 2])
    #expect(plan.targets.map(\.moments) == [1, 2, 3])
  }

  @Test("pictures shown before an entry that follow it in the file need the group before")
  func openGroups() throws {
    let open = "I0 P3 b1 b2 R6 b4 b5 P9 b7 b8 R12 b10 b11 P15"
    // 5 is made of 3 and 6.
    #expect(try plan(open, at: [5]).decoded == [[0, 3, 6, 5]])
    // After a jump to 12 nothing that comes before it is fed.
    #expect(try plan(open, at: [1, 15]).decoded == [[0, 3, 1], [12, 15]])
    #expect(try plan(open, at: [6, 10]).decoded == [[6, 9, 12, 10]])
  }

  @Test("a picture that can only be decoded itself is no place to begin, but a keyframe to take")
  func itself() throws {
    let text = "I0 P3 b1 b2 S6 b4 b5 P9 b7 b8"
    #expect(try plan(text, at: [8]).decoded == [[0, 3, 6, 9, 8]])
    let rows = rows(text)
    let order = try #require(PresentationOrder(rows, reorders: true))
    let plan = DecodingPlan(nearest: [0, 7], rows, order) { Double(rows[$0].time) }
    #expect(plan?.runs == [0...0, 4...4])
  }

  @Test("where nothing is reordered every packet of a run is decoded")
  func withoutReordering() throws {
    #expect(try plan("I0 b1 P2 b3 P4 I5", at: [4]).decoded == [[0, 1, 2, 3, 4]])
  }

  @Test("parameters on the way are not jumped over, unless the entry brings its own")
  func parameters() throws {
    for carried in [false, true] {
      var rows = rows("I0 P1 P2 I3 P4")
      rows[2].kind.carriesParameters = true
      rows[3].kind.carriesParameters = carried
      let order = try #require(PresentationOrder(rows, reorders: true))
      let plan = DecodingPlan(showing: [0, 3], rows, order) { Double(rows[$0].time) }
      #expect(plan.runs == (carried ? [0...0, 3...3] : [0...3]))
    }
  }

  @Test("in HEVC only pictures of the highest sublayer are left out")
  func sublayers() throws {
    var rows = rows("I0 P4 b2 b1 b3")
    for row in [3, 4] { rows[row].kind.layer = 1 }
    let order = try #require(PresentationOrder(rows, reorders: true))
    let plan = DecodingPlan(showing: [3], rows, order) { Double(rows[$0].time) }
    #expect((0...4).filter { !plan.skips($0, in: 0...4, rows) } == [0, 1, 2, 4])
  }

  @Test("the nearest entries, of two that are equally near the earlier, each once")
  func nearest() throws {
    let rows = rows(closed)
    let order = try #require(PresentationOrder(rows, reorders: true))
    let plan = DecodingPlan(nearest: [0, 3, 4, 5, 12, 13, 40], rows, order) { Double(rows[$0].time) }
    #expect(plan?.targets.map { rows[$0.row].time } == [0, 8, 16])
    #expect(plan?.runs == [0...0, 8...8, 16...16])
  }

  @Test(
    "times that do not fit a decoder's order are not trusted",
    arguments: [
      ("P0 I1", "the first packet is no entry"),
      ("I5 P4", "something is shown before the first picture"),
      ("I0 P1 P2 I1 P3", "times start anew at an entry"),
      ("I0 P4 P4", "two frames at one time"),
      (
        "I0 P30 " + (1...20).map { "P\(30 - $0)" }.joined(separator: " "),
        "held back for longer than a decoder can"
      ),
    ])
  func untrusted(text: String, why: String) {
    #expect(PresentationOrder(rows(text), reorders: true) == nil, "\(why)")
  }

  @Test("a codec that keeps the order of packets shows them in no other")
  func unordered() {
    #expect(PresentationOrder(rows("I0 P2 P1"), reorders: false) == nil)
    #expect(PresentationOrder(rows("I0 P2 P1"), reorders: true)?.delay == 1)
    #expect(PresentationOrder(rows("I0 P1 P2"), reorders: false)?.delay == 0)
  }
}

extension PresentationOrder {
  init?(_ rows: [PacketTable.Row], reorders: Bool) {
    var watch = OrderWatch(reorders: reorders)
    for row in rows { watch.note(row) }
    self.init(rows, watch)
  }
}
