import Storage

/// What may be the id of a video.
///
/// Ids become part of file names, member names and CSV lines. What could lead outside a folder, break a line
/// or be seen as something else is refused once, where annotations are read, so that nothing later needs to ask.
package enum VideoID {
  package static let maximumBytes = 200

  /// Whether two ids are the same, byte by byte. Swift's `==` takes texts for equal that only look alike (`é` as one
  /// letter, or as `e` with an accent): they have other bytes, and may even be too long.
  package static func areSame(_ a: String, _ b: String) -> Bool { a.utf8.elementsEqual(b.utf8) }

  /// Why `id` cannot be one, as the end of a sentence that begins with the id; nil when it can.
  package static func problem(with id: String) -> String? {
    if id.isEmpty { return "is empty" }
    if id.utf8.count > maximumBytes { return "is longer than \(maximumBytes) bytes" }
    if id == "." || id == ".." { return "is the name of a folder" }
    for scalar in id.unicodeScalars {
      switch scalar {
      case "/", "\\": return "contains \(quoted(String(scalar))), so it could name a file elsewhere"
      case ",", "\"": return "contains \(quoted(String(scalar))), which a line of the submission cannot hold"
      default: break
      }
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator: return "contains a control character"
      default: break
      }
    }
    if id.first?.isWhitespace == true || id.last?.isWhitespace == true {
      return "begins or ends with a space"
    }
    return nil
  }
}
