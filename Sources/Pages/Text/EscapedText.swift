extension String {
  private static let markup = Array("&<>\"'".utf8)

  /// The text as it may stand in an element or in a quoted attribute, whatever stranger wrote it: markup is spelt out,
  /// and control characters, which HTML has no way to hold, become U+FFFD.
  var escapedForHTML: String {
    // Pictures are long, and nothing but such characters.
    if utf8.allSatisfy({ (0x20..<0x7F).contains($0) && !Self.markup.contains($0) }) { return self }
    var escaped = ""
    escaped.reserveCapacity(utf8.count)
    for scalar in unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default:
        let isControl = scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
        escaped.unicodeScalars.append(
          isControl || scalar.properties.isNoncharacterCodePoint ? "\u{FFFD}" : scalar)
      }
    }
    return escaped
  }
}

extension String {
  /// The first `limit` Unicode scalars, and `…` where there are more: a grapheme can be of any length.
  package func cut(to limit: Int) -> String {
    let start = unicodeScalars.prefix(limit)
    return start.endIndex == unicodeScalars.endIndex ? self : String(String.UnicodeScalarView(start)) + "…"
  }
}
