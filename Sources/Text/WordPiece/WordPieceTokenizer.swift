import Storage
package import SystemPackage

/// WordPiece with a BERT `vocab.txt`, equal to Hugging Face's `BertTokenizer` but for one thing: text that spells
/// a special token (a title with `[SEP]` in it) is text, and no special token.
///
/// Each word is taken apart from the left into the longest pieces that the vocabulary has; pieces that go on a
/// word begin with `##` there. A word that does not come out even is one unknown token.
/// Source: Devlin et al., "BERT" (2018), https://arxiv.org/abs/1810.04805
package struct WordPieceTokenizer: Tokenizer {
  package let vocabularySize: Int
  package let special: SpecialTokens
  package let basic: BasicTokenizer
  /// The content of `vocab.txt`, to be saved beside a model's weights.
  package let bytes: [UInt8]

  /// Keyed by UTF-8, since Swift's strings are equal when they look equal (é and e + ´ are different pieces).
  private let beginnings: [ArraySlice<UInt8>: Int32]
  /// Without their `##`.
  private let continuations: [ArraySlice<UInt8>: Int32]
  private let longestPiece: Int
  /// By token, as `bytes` has them.
  private let lines: [ArraySlice<UInt8>]

  /// Unicode scalars; longer words are unknown.
  static let longestWord = 100

  /// - Parameters:
  ///   - bytes: One piece a line, the line's number from 0 being its token.
  ///   - path: For the messages.
  package init(bytes: [UInt8], basic: BasicTokenizer = BasicTokenizer(), path: FilePath)
    throws(TokenizerError)
  {
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    guard Int32(exactly: lines.count) != nil else { throw .malformed(path, "too many pieces") }

    var beginnings: [ArraySlice<UInt8>: Int32] = [:]
    var continuations: [ArraySlice<UInt8>: Int32] = [:]
    var longestPiece = 1
    for (number, line) in lines.enumerated() {
      guard String(validating: line, as: UTF8.self) != nil, !line.contains(0) else {
        throw .malformed(path, "line \(number + 1) is not UTF-8 text")
      }
      let piece = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      longestPiece = max(longestPiece, piece.count)
      if piece.count > 2, piece.starts(with: "##".utf8) {
        continuations[piece.dropFirst(2)] = Int32(number)
      } else {
        beginnings[piece] = Int32(number)
      }
    }

    var missing: [String] = []
    func find(_ spelling: String) -> Int32 {
      if let token = beginnings[Array(spelling.utf8)[...]] { return token }
      missing.append(spelling)
      return 0
    }
    special = SpecialTokens(
      padding: find("[PAD]"), unknown: find("[UNK]"), classification: find("[CLS]"), separator: find("[SEP]"),
      mask: find("[MASK]"))
    if !missing.isEmpty { throw .missingSpecialTokens(path, roles: missing) }

    vocabularySize = lines.count
    self.lines = lines
    self.basic = basic
    self.bytes = bytes
    self.beginnings = beginnings
    self.continuations = continuations
    self.longestPiece = longestPiece
  }

  package func encode(_ text: String) -> [Int32] {
    var tokens: [Int32] = []
    for word in basic.words(text) { appendPieces(of: word, to: &tokens) }
    return tokens
  }

  /// As the vocabulary spells them, by token.
  var pieces: [ArraySlice<UInt8>] {
    lines.map { $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0 }
  }

  package func spellings(of tokens: Set<Int32>) -> [Int32: TokenSpelling] {
    Dictionary(
      uniqueKeysWithValues: tokens.filter { lines.indices.contains(Int($0)) }.map { token in
        let line = lines[Int(token)]
        let piece = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
        let goesOn = piece.count > 2 && piece.starts(with: "##".utf8)
        return (token, TokenSpelling(bytes: Array(piece.dropFirst(goesOn ? 2 : 0)), beginsWord: !goesOn))
      })
  }

  private func appendPieces(of word: [UInt8], to tokens: inout [Int32]) {
    let before = tokens.count
    var start = word.startIndex
    var fits = word.count { $0 & 0xC0 != 0x80 } <= Self.longestWord
    while fits, start < word.endIndex {
      let pieces = start == word.startIndex ? beginnings : continuations
      var end = min(word.endIndex, start + longestPiece)
      while end > start {
        if let token = pieces[word[start..<end]] {
          tokens.append(token)
          break
        }
        end -= 1
      }
      fits = end > start
      start = end
    }
    if !fits {
      tokens.removeSubrange(before...)
      tokens.append(special.unknown)
    }
  }
}
