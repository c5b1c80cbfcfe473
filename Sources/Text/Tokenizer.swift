/// Text to token numbers, the same for the same text on any machine and any thread.
package protocol Tokenizer: Sendable {
  /// How many rows the embedding of the tokens needs; every token is in `0..<vocabularySize`.
  var vocabularySize: Int { get }
  var special: SpecialTokens { get }

  /// The tokens of `text`, without any special token around them.
  func encode(_ text: String) -> [Int32]

  /// How some tokens are written; one that is none of the vocabulary is left out.
  func spellings(of tokens: Set<Int32>) -> [Int32: TokenSpelling]
}

/// The tokens with a role, as BERT names them.
package struct SpecialTokens: Sendable, Equatable {
  package var padding: Int32
  package var unknown: Int32
  /// First token of every sequence (`[CLS]`).
  package var classification: Int32
  /// Ends each part of a sequence (`[SEP]`).
  package var separator: Int32
  package var mask: Int32

  package var all: [Int32] { [padding, unknown, classification, separator, mask] }

  package init(padding: Int32, unknown: Int32, classification: Int32, separator: Int32, mask: Int32) {
    self.padding = padding
    self.unknown = unknown
    self.classification = classification
    self.separator = separator
    self.mask = mask
  }
}
