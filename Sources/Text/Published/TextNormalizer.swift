import Foundation

/// A change of the whole text before it is cut.
enum TextNormalizer: Sendable {
  case precompiled(NormalizationMap)
  /// Every run of two spaces (U+0020) or more becomes `content`.
  case repeatedSpaces(content: String)
  case literal(String, content: String)
  case strip(left: Bool, right: Bool)
  case canonicalComposition, canonicalDecomposition, compatibilityComposition, compatibilityDecomposition
  case lowercase
  case withoutAccents
  case prepend(String)

  func callAsFunction(_ text: String) -> String {
    switch self {
    case .precompiled(let map): return map.normalized(text)
    case .repeatedSpaces(let content): return Self.withoutRepeatedSpaces(text, content)
    case .literal(let pattern, let content): return text.replacing(pattern, with: content)
    case .strip(let left, let right):
      var scalars = text.unicodeScalars[...]
      if left { scalars = scalars.drop { $0.properties.isWhitespace } }
      while right, scalars.last?.properties.isWhitespace == true { scalars.removeLast() }
      return String(String.UnicodeScalarView(scalars))
    case .canonicalComposition: return text.precomposedStringWithCanonicalMapping
    case .canonicalDecomposition: return text.decomposedStringWithCanonicalMapping
    case .compatibilityComposition: return text.precomposedStringWithCompatibilityMapping
    case .compatibilityDecomposition: return text.decomposedStringWithCompatibilityMapping
    case .lowercase:
      // Scalar by scalar: a final Σ gets no form of its own.
      return text.unicodeScalars.reduce(into: "") { $0 += $1.properties.lowercaseMapping }
    case .withoutAccents:
      return String(
        String.UnicodeScalarView(
          text.unicodeScalars.filter { $0.properties.generalCategory != .nonspacingMark }))
    case .prepend(let beginning): return text.isEmpty ? text : beginning + text
    }
  }

  private static func withoutRepeatedSpaces(_ text: String, _ content: String) -> String {
    var result = String.UnicodeScalarView()
    var spaces = 0
    func endSpaces() {
      if spaces == 1 { result.append(" ") }
      if spaces > 1 { result.append(contentsOf: content.unicodeScalars) }
      spaces = 0
    }
    for scalar in text.unicodeScalars {
      if scalar == " " {
        spaces += 1
      } else {
        endSpaces()
        result.append(scalar)
      }
    }
    endSpaces()
    return String(result)
  }
}

/// What a SentencePiece model's table makes of text, in the way of `tokenizers`, which differs from SentencePiece's own: it goes
/// by grapheme, and one of fewer than six bytes becomes what its shortest beginning in the table becomes, whatever is
/// behind that.
struct NormalizationMap: Sendable {
  private let units: [NormalizationTable.Unit]
  private let replacements: [UInt8]

  /// - Parameter table: has passed `NormalizationTable.verify`: no walk leaves it.
  init(verified table: ArraySlice<UInt8>) {
    let parts = NormalizationTable.parts(of: table)
    (units, replacements) = (parts.units, Array(parts.replacements))
  }

  private static let longestWhole = 5

  func normalized(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for character in text {
      if character.utf8.count <= Self.longestWhole, let replacement = replacement(of: character.utf8) {
        result.append(contentsOf: replacement.unicodeScalars)
        continue
      }
      for scalar in character.unicodeScalars {
        if let replacement = replacement(of: UTF8.encode(scalar).map(Array.init) ?? []) {
          result.append(contentsOf: replacement.unicodeScalars)
        } else {
          result.append(scalar)
        }
      }
    }
    return String(result)
  }

  /// Of the shortest beginning that the table has.
  private func replacement(of key: some Sequence<UInt8>) -> String? {
    var place = units[0].offset
    for byte in key where byte != 0 {
      place ^= Int(byte)
      let unit = units[place]
      guard unit.label == UInt32(byte) else { return nil }
      place ^= unit.offset
      guard unit.hasValue else { continue }
      return String(decoding: replacements[units[place].value...].prefix { $0 != 0 }, as: UTF8.self)
    }
    return nil
  }
}
