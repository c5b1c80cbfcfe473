import Foundation

/// A change of the whole text before it is cut.
enum TextNormalizer: Sendable {
  case precompiled(NormalizationMap)
  /// All that the expression finds becomes `content`.
  case matches(Expression, content: String)
  case literal(String, content: String)
  case strip(left: Bool, right: Bool)
  case canonicalComposition, canonicalDecomposition, compatibilityComposition, compatibilityDecomposition
  case lowercase
  case withoutAccents
  case prepend(String)

  func callAsFunction(_ text: String) -> String {
    switch self {
    case .precompiled(let map): return map.normalized(text)
    case .matches(let expression, let content): return expression.replacing(in: text, with: content)
    case .literal(let pattern, let content):
      return String(text.unicodeScalars.replacing(pattern.unicodeScalars, with: content.unicodeScalars))
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

  /// The regular expressions that are computed here, as `tokenizers` spells them.
  enum Expression: String, Sendable {
    case repeatedSpaces = " {2,}"
    /// Of DeBERTa's tokenizers, as transformers 5 saves them.
    case repeatedWhitespace = #"\s{2,}|[\n\r\t]"#
    /// At the beginning and at the end of a text, as SentencePiece takes them away.
    case outerSpaces = #"\A +| +\z"#
  }
}

extension TextNormalizer.Expression {
  func replacing(in text: String, with content: String) -> String {
    let scalars = text.unicodeScalars
    var result = String.UnicodeScalarView()
    var place = scalars.startIndex
    while place < scalars.endIndex {
      let run = scalars[place...].prefix(while: isPartOfMatch)
      guard run.isEmpty else {
        result.append(contentsOf: isMatch(run, of: scalars) ? content.unicodeScalars[...] : run)
        place = run.endIndex
        continue
      }
      result.append(scalars[place])
      place = scalars.index(after: place)
    }
    return String(result)
  }

  private func isPartOfMatch(_ scalar: Unicode.Scalar) -> Bool {
    switch self {
    case .repeatedSpaces, .outerSpaces: scalar == " "
    case .repeatedWhitespace: scalar.properties.isWhitespace
    }
  }

  /// - Parameter run: as long as it can be.
  private func isMatch(_ run: Substring.UnicodeScalarView, of text: String.UnicodeScalarView) -> Bool {
    switch self {
    case .repeatedSpaces: run.count > 1
    case .repeatedWhitespace: run.count > 1 || run.first.map("\n\r\t".unicodeScalars.contains) == true
    case .outerSpaces: run.startIndex == text.startIndex || run.endIndex == text.endIndex
    }
  }
}

/// What a SentencePiece model's table makes of text, in the way of `tokenizers`, which differs from SentencePiece's own: it goes
/// by grapheme, and one of fewer than six bytes becomes what its shortest beginning in the table becomes, whatever is
/// behind that.
struct NormalizationMap: Sendable {
  let table: [UInt8]
  private let units: [NormalizationTable.Unit]
  private let replacements: ArraySlice<UInt8>

  /// - Parameter table: has passed `NormalizationTable.verify`: no walk leaves it.
  init(verified table: [UInt8]) {
    self.table = table
    (units, replacements) = NormalizationTable.parts(of: table[...])
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
      return String(decoding: replacements.dropFirst(units[place].value).prefix { $0 != 0 }, as: UTF8.self)
    }
    return nil
  }
}
