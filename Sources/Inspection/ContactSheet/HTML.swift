import Foundation

extension String {
  /// The text as it may stand in an element or in a quoted attribute, whatever stranger wrote it: markup is spelt out,
  /// and control characters, which HTML has no way to hold, become U+FFFD.
  var escapedForHTML: String {
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

  /// The first `limit` Unicode scalars, and `…` where there are more: a grapheme can be of any length.
  func cut(to limit: Int) -> String {
    let start = unicodeScalars.prefix(limit)
    return start.endIndex == unicodeScalars.endIndex ? self : String(String.UnicodeScalarView(start)) + "…"
  }

  /// The text in an element that keeps its direction to itself, so that right-to-left marks in a title cannot turn
  /// what stands beside it.
  var isolatedForHTML: String { "<bdi>\(escapedForHTML)</bdi>" }
}

extension Array<UInt8> {
  /// A JPEG file as the address of a picture.
  var dataAddress: String { "data:image/jpeg;base64,\(Data(self).base64EncodedString())" }
}

/// `3 videos`, `1 video`
func counted(_ count: Int, _ one: String, _ many: String? = nil) -> String {
  "\(count) \(count == 1 ? one : many ?? one + "s")"
}
