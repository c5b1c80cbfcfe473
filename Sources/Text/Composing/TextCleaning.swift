/// Light cleaning of text from the world. Normalising characters and case is the tokenizers' business; taking
/// away more than what nobody can read costs accuracy.
package enum TextCleaning {
  /// Drops control characters, turns each run of white space (line breaks too) into one space, trims.
  package static func clean(_ text: String) -> String {
    clean(text.unicodeScalars, limit: .max)
  }

  /// The first `limit` characters of what `clean(_:)` gives, without reading the rest.
  package static func clean(_ text: String, prefix limit: Int) -> String {
    clean(text.unicodeScalars, limit: limit)
  }

  /// The last `limit` characters of what `clean(_:)` gives, without reading what is before them.
  package static func clean(_ text: String, suffix limit: Int) -> String {
    String(
      String.UnicodeScalarView(clean(text.unicodeScalars.reversed(), limit: limit).unicodeScalars.reversed()))
  }

  /// Characters are Unicode scalars: a grapheme can be of any length.
  private static func clean(_ scalars: some Sequence<Unicode.Scalar>, limit: Int) -> String {
    var cleaned = String.UnicodeScalarView()
    var count = 0
    var spaceBefore = false
    for scalar in scalars {
      if count == limit { break }
      if isWhitespace(scalar) {
        spaceBefore = count > 0
      } else if !isControl(scalar) {
        if spaceBefore {
          cleaned.append(" ")
          count += 1
          spaceBefore = false
          if count == limit { break }
        }
        cleaned.append(scalar)
        count += 1
      }
    }
    return String(cleaned)
  }

  /// ASCII first: it spares most text the look-up.
  private static func isWhitespace(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09...0x0D, 0x20: true
    case ..<0x80: false
    default: scalar.properties.isWhitespace
    }
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
  }
}
