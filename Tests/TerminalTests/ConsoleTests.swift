import Foundation
import Synchronization
import SystemPackage
import Terminal
import Testing

/// A console that writes to two files, and a clock that is set by hand.
final class ConsoleRecording: Sendable {
  let console: Console
  private let folder: FilePath
  private let time = Mutex(0.0)

  init(isTerminal: Bool = false, hasColor: Bool = false, columns: Int = 80) throws {
    let folder = FilePath(NSTemporaryDirectory()).appending("console-\(UUID().uuidString)")
    try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    let open = { (name: String) in
      try FileDescriptor.open(
        folder.appending(name), .writeOnly, options: [.create, .append], permissions: .ownerReadWrite)
    }
    self.folder = folder
    console = Console(
      results: try open("results"), messages: try open("messages"),
      style: Style(isTerminal: isTerminal, hasColor: hasColor, columns: { columns }))
  }

  deinit { try? FileManager.default.removeItem(atPath: folder.string) }

  var results: String { get throws { try text("results") } }
  var messages: String { get throws { try text("messages") } }

  private func text(_ name: String) throws -> String {
    try String(contentsOfFile: folder.appending(name).string, encoding: .utf8)
  }

  func progress(_ label: String, total: Int?) -> ProgressDisplay {
    ProgressDisplay(label, total: total, on: console, now: { [self] in time.withLock { $0 } })
  }

  func wait(_ seconds: Double) { time.withLock { $0 += seconds } }
}

@Suite("Results and messages")
struct ConsoleTests {
  @Test("Results and messages go to their own stream, an error as one line")
  func streams() throws {
    let recording = try ConsoleRecording()
    try recording.console.result("0.5")
    try recording.console.result(json: ["b": 1, "a": 2], asLine: true)
    recording.console.message("note")
    recording.console.warning("careful")
    recording.console.error("two\nlines")
    #expect(try recording.results == "0.5\n{\"a\":2,\"b\":1}\n")
    #expect(
      try recording.messages == "note\nframewise: warning: careful\nframewise: error: two\\u{A}lines\n")
  }

  @Test("No result as JSON steers the terminal: not by C0, not by C1, not by marks of direction")
  func harmlessJSON() throws {
    let recording = try ConsoleRecording()
    try recording.console.result(json: ["id": "a\u{9B}2J\u{202E}b\u{7F}\u{1B}"], asLine: true)
    #expect(try recording.results == #"{"id":"a\u009b2J\u202eb\u007f\u001b"}"# + "\n")
  }

  @Test("A message does not tear the progress line: it goes above, and the line comes back below")
  func messageAboveStatus() throws {
    let recording = try ConsoleRecording(isTerminal: true)
    _ = recording.progress("reading", total: 4)
    recording.console.message("note")
    #expect(
      try recording.messages == "\r\u{1B}[Kreading  0/4  0%" + "\r\u{1B}[Knote\nreading  0/4  0%")
  }

  @Test("Colour only where it is wanted")
  func color() throws {
    let recording = try ConsoleRecording(isTerminal: true, hasColor: true)
    recording.console.error("bad")
    #expect(try recording.messages == "framewise: \u{1B}[1;31merror:\u{1B}[0m bad\n")
  }

  @Test("Results that cannot be written are an error, not lost in silence")
  func fullDevice() throws {
    let full = try FileDescriptor.open("/dev/full", .writeOnly)
    defer { try? full.close() }
    let console = Console(results: full, messages: full, style: Style(isTerminal: false, hasColor: false))
    #expect(throws: (any Error).self) { try console.result("0.5") }
    console.message("a full standard error is no reason to fail")
  }

  @Test("A file is no terminal, whatever TERM says; nothing is coloured there")
  func detection() throws {
    let file = try FileDescriptor.open("/dev/null", .writeOnly)
    defer { try? file.close() }
    let style = Style.detected(for: file, environment: ["TERM": "xterm-256color"])
    #expect(!style.isTerminal)
    #expect(!style.hasColor)
    #expect(style.columns() == 80)
  }
}
