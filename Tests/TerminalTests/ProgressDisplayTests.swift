import Terminal
import Testing

@Suite("Progress")
struct ProgressDisplayTests {
  @Test("Off a terminal: a plain line every ten seconds at most, and the last one")
  func plainLines() throws {
    let recording = try ConsoleRecording()
    let progress = recording.progress("training", total: 100)
    for step in 1...40 {
      recording.wait(0.5)
      progress.advance(by: 2, note: "loss \(step)")
    }
    progress.finish()
    #expect(
      try recording.messages == """
        training  40/100  40%  4.0/s  0:15 left  loss 20
        training  80/100  80%  4.0/s  0:05 left  loss 40
        training  80/100  80%  4.0/s  0:20  loss 40

        """)
    #expect(try recording.results.isEmpty)
  }

  @Test("On a terminal: one line that is redrawn, cut to the width, then kept")
  func redrawnLine() throws {
    let recording = try ConsoleRecording(isTerminal: true, columns: 32)
    let progress = recording.progress("训练", total: 10)
    recording.wait(1)
    progress.advance(note: "loss 1.25 and much more to say")
    recording.wait(0.05)
    progress.advance()  // too soon to draw
    progress.finish(note: "done")
    let erase = "\r\u{1B}[K"
    #expect(
      try recording.messages
        == "\(erase)训练  0/10  0%" + "\(erase)训练  1/10  10%  1.0/s  0:09 le"
        + "\(erase)训练  2/10  20%  1.9/s  0:01  done\n")
  }

  @Test("A note cannot steer the terminal")
  func hostileNote() throws {
    let recording = try ConsoleRecording(isTerminal: true)
    let progress = recording.progress("reading", total: nil)
    recording.wait(1)
    progress.advance(note: "a\u{1B}[2Jb\nc")
    #expect(try recording.messages.hasSuffix("reading  1  1.0/s  a\\u{1B}[2Jb\\u{A}c"))
  }

  @Test("Finishing twice, advancing afterwards and a total of nothing do no harm")
  func edges() throws {
    let recording = try ConsoleRecording()
    let progress = recording.progress("reading", total: 0)
    progress.finish()
    progress.finish()
    recording.wait(60)
    progress.advance()
    #expect(try recording.messages == "reading  0/0  100%  0:00\n")
  }

  @Test("The time left follows the last half minute, not a slow start")
  func recentRate() throws {
    let recording = try ConsoleRecording()
    let progress = recording.progress("training", total: 1000)
    recording.wait(300)
    progress.advance(by: 10)
    for _ in 1...60 {
      recording.wait(1)
      progress.advance(by: 10)
    }
    let last = try recording.messages.split(separator: "\n").last
    #expect(last == "training  610/1000  61%  10.0/s  0:39 left")
  }

  @Test("A job that starts in the middle does not count what was done before as speed")
  func resumed() throws {
    let recording = try ConsoleRecording()
    let progress = recording.progress("training", total: 1000)
    progress.start(at: 900)
    recording.wait(10)
    progress.advance(by: 10)
    #expect(try recording.messages == "training  910/1000  91%  1.0/s  1:30 left\n")
    progress.finish()
    #expect(try recording.messages.hasSuffix("training  910/1000  91%  1.0/s  0:10\n"))
  }

  @Test("A count that is set and counts that are added agree")
  func setCount() throws {
    let recording = try ConsoleRecording()
    let progress = recording.progress("reading", total: 8)
    progress.advance(by: 2)
    progress.update(completed: 3, note: "1 bad")
    recording.wait(10)
    progress.advance()
    #expect(try recording.messages == "reading  4/8  50%  0.4/s  0:10 left  1 bad\n")
  }
}
