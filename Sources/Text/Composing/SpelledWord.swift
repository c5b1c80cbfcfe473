/// Tokens that make one word as people see it, with its spelling: as the tokenizer normalised it, since that is what the
/// model reads.
///
/// What goes on within a word is of it; so are letters and digits that stand side by side without a space. Of writing
/// that has no spaces between words, such as Chinese, each token stands alone.
package struct SpelledWord: Sendable, Equatable {
  package let text: String
  /// Whether a space stands before it.
  package let isApart: Bool
  /// Places in what was taken apart.
  package let tokens: Range<Int>

  /// The words of `tokens`, in their order: each token is of exactly one.
  package static func words(of tokens: [Int32], by tokenizer: some Tokenizer) -> [SpelledWord] {
    let spellings = tokenizer.spellings(of: Set(tokens))
    var words: [SpelledWord] = []
    var bytes: [UInt8] = []
    var (start, isApart) = (0, false)
    func end(at place: Int) {
      guard place > start else { return }
      words.append(
        SpelledWord(text: String(decoding: bytes, as: UTF8.self), isApart: isApart, tokens: start..<place))
      (bytes, start) = ([], place)
    }
    for (place, token) in tokens.enumerated() {
      let spelling = spellings[token] ?? TokenSpelling("\u{FFFD}", beginsWord: true)
      if spelling.beginsWord || !goesOn(bytes, spelling.bytes) { end(at: place) }
      if place == start {
        isApart = place > 0 && spelling.beginsWord && !isUnspaced(words.last?.text ?? "", spelling.bytes)
      }
      bytes += spelling.bytes
    }
    end(at: tokens.count)
    return words
  }

  /// Whether what meets is of writing without spaces, of which tokenizers take each character for the beginning of a word.
  private static func isUnspaced(_ text: String, _ bytes: [UInt8]) -> Bool {
    let (last, next) = (text.unicodeScalars.last, String(decoding: bytes, as: UTF8.self).unicodeScalars.first)
    return last?.isOfUnspacedWriting == true && next?.isOfUnspacedWriting == true
  }

  /// Whether bytes are of the word that was begun, by what meets.
  private static func goesOn(_ word: [UInt8], _ more: [UInt8]) -> Bool {
    guard !word.isEmpty, let first = more.first else { return true }
    // Amid a character it does.
    guard first & 0xC0 != 0x80, let text = String(validating: word, as: UTF8.self) else { return true }
    guard let last = text.unicodeScalars.last,
      let next = String(decoding: more, as: UTF8.self).unicodeScalars.first
    else { return true }
    return last.isOfSpacedWord && next.isOfSpacedWord
  }
}

extension Unicode.Scalar {
  /// Letters, digits and what changes them, in writing with spaces between words.
  fileprivate var isOfSpacedWord: Bool {
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
      .spacingMark, .enclosingMark, .decimalNumber, .letterNumber, .otherNumber:
      !isOfUnspacedWriting
    default: false
    }
  }

  /// Han, kana, Thai, Lao, Burmese and Khmer.
  fileprivate var isOfUnspacedWriting: Bool {
    switch value {
    case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF, 0x3040...0x30FF, 0x31F0...0x31FF,
      0xFF66...0xFF9F:
      true
    default: properties.isIdeographic
    }
  }
}
