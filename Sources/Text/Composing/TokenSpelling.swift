/// How a token is written, so that people can see what a model read.
package struct TokenSpelling: Sendable, Equatable {
  /// UTF-8, without the marks that stand for white space. A token may begin or end amid a character.
  package var bytes: [UInt8]
  /// Whether a word begins with it: what is before it is of another one.
  package var beginsWord: Bool

  package init(bytes: [UInt8], beginsWord: Bool) {
    self.bytes = bytes
    self.beginsWord = beginsWord
  }

  package init(_ text: String, beginsWord: Bool) {
    self.init(bytes: Array(text.utf8), beginsWord: beginsWord)
  }

  /// SentencePiece's spelling of a space.
  private static let space = "\u{2581}"

  /// Of a piece that spells spaces with `space`, those before it as the beginning of a word.
  /// - Parameter space: one character.
  init(marked piece: String, space: String = space) {
    let words = piece.replacing(space, with: " ").split(separator: " ")
    self.init(words.joined(separator: " "), beginsWord: piece.hasPrefix(space))
  }
}
