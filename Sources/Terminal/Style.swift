import Glibc
package import SystemPackage

/// What a stream can show.
package struct Style: Sendable {
  /// Whether lines can be redrawn.
  package var isTerminal: Bool
  package var hasColor: Bool
  /// The width now; a terminal can be resized.
  package var columns: @Sendable () -> Int

  package init(isTerminal: Bool, hasColor: Bool, columns: @escaping @Sendable () -> Int = { 80 }) {
    self.isTerminal = isTerminal
    self.hasColor = hasColor
    self.columns = columns
  }

  /// No colour where `NO_COLOR` has a value (https://no-color.org); nothing redrawn where `TERM` is `dumb`.
  package static func detected(for stream: FileDescriptor, environment: [String: String]) -> Style {
    let isTerminal = isatty(stream.rawValue) == 1 && environment["TERM", default: "dumb"] != "dumb"
    return Style(
      isTerminal: isTerminal, hasColor: isTerminal && environment["NO_COLOR", default: ""].isEmpty,
      columns: {
        var size = winsize()
        return ioctl(stream.rawValue, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
      })
  }

  /// The first line of a part of a result.
  package func heading(_ text: String) -> String { hasColor ? "\u{1B}[1m\(text)\u{1B}[0m" : text }

  /// A word such as `warning:` before what it is about.
  package func label(_ text: String, isError: Bool) -> String { emphasised(text, isError ? .red : .yellow) }

  enum Color: Int { case red = 31, yellow = 33 }

  func emphasised(_ text: String, _ color: Color) -> String {
    hasColor ? "\u{1B}[1;\(color.rawValue)m\(text)\u{1B}[0m" : text
  }
}
