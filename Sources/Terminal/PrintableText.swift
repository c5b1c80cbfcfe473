import Storage

extension String {
  /// The text with line ends, terminal controls and direction marks written out (`\u{1B}`): file names and ids
  /// come from strangers, and must neither break a message into lines nor steer the terminal.
  package var onOneLine: String {
    var line = ""
    for scalar in unicodeScalars {
      if scalar.isControl {
        line += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
      } else {
        line.unicodeScalars.append(scalar)
      }
    }
    return line
  }

  /// How many columns of a terminal the text takes: two for most East Asian characters, none for marks.
  package var columns: Int { unicodeScalars.reduce(0) { $0 + $1.columns } }

  /// The longest beginning that fits.
  func cut(toColumns limit: Int) -> String {
    var used = 0
    var kept = ""
    for scalar in unicodeScalars {
      used += scalar.columns
      if used > limit { break }
      kept.unicodeScalars.append(scalar)
    }
    return kept
  }

  /// Spaces added on the right, or on the left, up to `width` columns.
  package func padded(to width: Int, alignRight: Bool = false) -> String {
    let spaces = String(repeating: " ", count: max(0, width - columns))
    return alignRight ? spaces + self : self + spaces
  }
}

extension Unicode.Scalar {
  /// An approximation of Unicode's East Asian Width (UAX #11), by block.
  fileprivate var columns: Int {
    switch properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    return switch value {
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
      2
    default: 1
    }
  }
}
