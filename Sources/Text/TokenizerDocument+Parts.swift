import Foundation
import Storage

extension TokenizerDocument {
  /// A model whose pieces have log probabilities.
  /// - Parameter pieces: in the order of their numbers.
  /// - Parameter spellsBytes: whether unknown text becomes the pieces of its bytes.
  static func unigram(
    _ pieces: [SentencePieceModelFile.Piece], unknown: Int32, spellsBytes: Bool
  ) -> [UInt8] {
    JSONText.encode(
      Unigram(
        unknown: unknown, vocabulary: pieces.map { .init(text: $0.text, score: $0.score) },
        spellsBytes: spellsBytes))
  }

  private struct Unigram: Encodable {
    let type = "Unigram"
    let unknown: Int32
    let vocabulary: [Piece]
    let spellsBytes: Bool

    enum CodingKeys: String, CodingKey {
      case type
      case unknown = "unk_id"
      case vocabulary = "vocab"
      case spellsBytes = "byte_fallback"
    }

    struct Piece: Encodable {
      let text: String
      let score: Float

      func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        try container.encode(text)
        try container.encode(Double(score))
      }
    }
  }
}

extension TextNormalizer {
  /// As `TokenizerJSON` reads it.
  var described: TokenizerDocument.Part {
    switch self {
    case .precompiled(let map):
      .init("Precompiled") { $0.table = Data(map.table).base64EncodedString() }
    case .matches(let expression, let content):
      .init("Replace") { ($0.pattern, $0.content) = (["Regex": expression.rawValue], content) }
    case .literal(let text, let content):
      .init("Replace") { ($0.pattern, $0.content) = (["String": text], content) }
    case .strip(let left, let right): .init("Strip") { ($0.stripsLeft, $0.stripsRight) = (left, right) }
    case .canonicalComposition: .init("NFC")
    case .canonicalDecomposition: .init("NFD")
    case .compatibilityComposition: .init("NFKC")
    case .compatibilityDecomposition: .init("NFKD")
    case .lowercase: .init("Lowercase")
    case .withoutAccents: .init("StripAccents")
    case .prepend(let beginning): .init("Prepend") { $0.beginning = beginning }
    }
  }
}

extension TextSplitter.Metaspace {
  var described: TokenizerDocument.Part {
    .init("Metaspace") {
      ($0.replacement, $0.scheme, $0.splits) = (String(replacement), prepends.rawValue, splits)
    }
  }
}
