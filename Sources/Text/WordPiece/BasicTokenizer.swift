import Foundation

/// How BERT cuts text into words before WordPiece looks at them.
package struct BasicTokenizer: Encodable, Sendable, Equatable {
  package var lowercases: Bool
  /// Nothing: as `lowercases`, like the original BERT.
  package var stripsAccents: Bool?
  package var splitsChineseCharacters: Bool

  package init(lowercases: Bool = true, stripsAccents: Bool? = nil, splitsChineseCharacters: Bool = true) {
    self.lowercases = lowercases
    self.stripsAccents = stripsAccents
    self.splitsChineseCharacters = splitsChineseCharacters
  }

  enum CodingKeys: String, CodingKey {
    case lowercases = "do_lower_case"
    case stripsAccents = "strip_accents"
    case splitsChineseCharacters = "tokenize_chinese_chars"
  }

  /// The words of `text` as UTF-8, normalised; punctuation marks and Chinese characters are words of their own.
  func words(_ text: String) -> [[UInt8]] {
    var words: [[UInt8]] = []
    var word: [UInt8] = []
    func endWord() {
      if !word.isEmpty { words.append(word) }
      word.removeAll(keepingCapacity: true)
    }
    for scalar in normalized(text).unicodeScalars {
      if scalar.properties.isWhitespace {
        endWord()
      } else if Self.isPunctuation(scalar) {
        endWord()
        words.append(Array(scalar.utf8))
      } else {
        word += scalar.utf8
      }
    }
    endWord()
    return words
  }

  private func normalized(_ text: String) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars where !Self.isDropped(scalar) {
      if splitsChineseCharacters, Self.isChinese(scalar) {
        scalars.append(contentsOf: [" ", scalar, " "])
      } else {
        scalars.append(scalar)
      }
    }
    if stripsAccents ?? lowercases {
      // NFD takes letters and accents apart.
      let decomposed = String(scalars).decomposedStringWithCanonicalMapping
      scalars = String.UnicodeScalarView(
        decomposed.unicodeScalars.filter { $0.properties.generalCategory != .nonspacingMark })
    }
    guard lowercases else { return String(scalars) }
    // Scalar by scalar, like the reference: a final Σ gets no form of its own.
    return scalars.reduce(into: "") { $0 += $1.properties.lowercaseMapping }
  }
}

extension BasicTokenizer {
  /// Control, format and private-use characters; zero-width joiners are among them.
  ///
  /// Unassigned ones stay, else the newest emoji would vanish on machines with older Unicode tables.
  private static func isDropped(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "\t", "\n", "\r": return false
    case "\u{FFFD}": return true
    default: break
    }
    switch scalar.properties.generalCategory {
    case .control, .format, .privateUse: return true
    default: return false
    }
  }

  /// The CJK ideographs; Japanese kana and Korean hangul are written with words and are no part of it.
  private static func isChinese(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0xF900...0xFAFF, 0x20000...0x2A6DF, 0x2A700...0x2B73F,
      0x2B740...0x2B81F, 0x2F800...0x2FA1F:
      true
    // BERT begins this range at 2B820; Hugging Face's tokenizer, which models are used with, does not.
    case 0x2B920...0x2CEAF: true
    default: false
    }
  }

  /// All of ASCII that is neither letter, digit, space nor control counts, so also `$`, `+`, `^`, `` ` `` and `~`.
  private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: return true
    default: break
    }
    switch scalar.properties.generalCategory {
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
      .finalPunctuation, .otherPunctuation:
      return true
    default: return false
    }
  }
}
