import Foundation
package import Storage
import Synchronization
package import SystemPackage

/// The two streams of the program: results, which other programs read, and messages, which people read.
///
/// Safe to use from any thread; a message never tears, nor is torn by, the progress line.
package final class Console: Sendable {
  private let results: FileDescriptor
  private let messages: FileDescriptor
  package let style: Style
  /// The progress line that stands, unfinished, at the bottom of a terminal.
  private let statusLine = Mutex("")

  package init(results: FileDescriptor, messages: FileDescriptor, style: Style) {
    self.results = results
    self.messages = messages
    self.style = style
  }

  /// Standard output and standard error of this process.
  package static let standard = Console(
    results: .standardOutput, messages: .standardError,
    style: .detected(for: .standardError, environment: ProcessInfo.processInfo.environment))

  /// Writes `text` and a line end to standard output.
  ///
  /// - Throws: `FileError` where the stream is a file on a full disk, say; results must not vanish silently.
  package func result(_ text: String) throws(FileError) {
    do { try results.writeAll((text + "\n").utf8) } catch {
      throw FileError(.write, "standard output", error as? Errno ?? .ioError)
    }
  }

  /// Writes `value` as JSON to standard output, indented, or as one line where it is one of many.
  package func result(json value: some Encodable, asLine: Bool = false) throws(FileError) {
    try result(String(decoding: JSONText.encode(value, pretty: !asLine), as: UTF8.self))
  }

  /// Tells the user something, in one line on standard error.
  package func message(_ text: String) { writeMessage(text.onOneLine) }

  package func warning(_ text: String) {
    writeMessage("framewise: \(style.emphasised("warning:", .yellow)) \(text.onOneLine)")
  }

  package func error(_ text: String) {
    writeMessage("framewise: \(style.emphasised("error:", .red)) \(text.onOneLine)")
  }

  private func writeMessage(_ line: String) {
    statusLine.withLock { status in
      put(status.isEmpty ? "\(line)\n" : "\(Self.eraseLine)\(line)\n\(status)")
    }
  }

  /// Puts `line` in the place of the one that stands at the bottom of the terminal.
  func redraw(_ line: String) {
    let line = line.cut(toColumns: style.columns() - 1)
    statusLine.withLock { status in
      put(Self.eraseLine + line)
      status = line
    }
  }

  /// Takes the progress line away, so that what follows starts on an empty line.
  package func clearStatus() {
    statusLine.withLock { status in
      if !status.isEmpty { put(Self.eraseLine) }
      status = ""
    }
  }

  /// A standard error that is closed or full is no reason to fail.
  private func put(_ text: String) { _ = try? messages.writeAll(text.utf8) }

  private static let eraseLine = "\r\u{1B}[K"
}
