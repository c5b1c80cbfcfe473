import Foundation
import Storage

extension SentencePieceTokenizer {
  /// The same tokenizer as `tokenizer.json` of Hugging Face's `tokenizers`, with the token that begins a text and the one that
  /// ends it around each. Two things are otherwise there: a text that spells a special token becomes it, and of several
  /// characters that are replaced by one, such as ｶﾞ, each may be seen alone.
  /// - Throws: `TokenizerError` naming what that library does not compute.
  package func described() throws(TokenizerError) -> [UInt8] {
    let file: SentencePieceModelFile
    do { file = try SentencePieceModelFile(bytes) } catch { throw .malformed(path, error.reason) }
    guard file.isUnigram else { throw inexpressible("merges pairs of pieces (BPE)") }
    if let unusual = file.unusual.first { throw inexpressible("has \(unusual)") }
    guard !file.pieces.contains(where: { $0.kind == .userDefined || $0.kind == .unused }) else {
      throw inexpressible("has pieces that are searched for, or for nothing")
    }
    func spelled(_ token: Int32) -> (token: Int32, spelling: String) {
      (token, file.pieces[Int(token)].text)
    }
    let roles = [special.padding, special.unknown, special.classification, special.separator, special.mask]
    let withoutText = file.pieces.indices.filter { file.pieces[$0].kind == .control }.map { Int32($0) }
    return TokenizerDocument(
      added: Set(roles + withoutText).sorted().map(spelled), normalizer: Self.normalizer(file),
      preTokenizer: Self.metaspace,
      decoder: .init("Sequence") { $0.decoders = [.init("ByteFallback"), Self.metaspace] },
      around: (spelled(special.classification), spelled(special.separator)),
      model: JSONText.encode(
        Unigram(
          unknown: special.unknown, vocabulary: file.pieces.map { .init(text: $0.text, score: $0.score) },
          spellsBytes: file.pieces.contains { $0.kind == .byte }))
    ).bytes
  }

  private func inexpressible(_ reason: String) -> TokenizerError {
    .malformed(path, "\(reason), which no tokenizer.json can say")
  }

  private static func normalizer(_ file: SentencePieceModelFile) -> TokenizerDocument.Part {
    var parts: [TokenizerDocument.Part] = []
    if !file.normalizationTable.isEmpty {
      parts.append(.init("Precompiled") { $0.table = Data(file.normalizationTable).base64EncodedString() })
    }
    parts.append(.init("Strip") { ($0.stripsLeft, $0.stripsRight) = (true, true) })
    parts.append(.init("Replace") { ($0.pattern, $0.content) = (["Regex": " {2,}"], " ") })
    return .init("Sequence") { $0.normalizers = parts }
  }

  /// A piece may hold a space, so that text is not split at them.
  private static let metaspace = TokenizerDocument.Part("Metaspace") {
    ($0.replacement, $0.scheme, $0.splits) = ("\u{2581}", "always", false)
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
