import CSentencePiece
import Storage
package import SystemPackage

/// A SentencePiece model (unigram or BPE) run by libsentencepiece.
///
/// Text never becomes a special token, whatever it spells: the library matches control symbols (`[SEP]`, `<s>`)
/// against nothing, and where a model lists such a symbol among its ordinary pieces it comes out as unknown.
///
/// Sendable: `handle` is written once, before anyone else can see it, and freed when nobody has it any more.
/// In between only `Encode` and `GetPieceSize` are called on it, which are `const` and keep their state on their own
/// stack; the library's own batch encoding shares one processor among its threads in the same way.
package final class SentencePieceTokenizer: Tokenizer {
  package let vocabularySize: Int
  package let special: SpecialTokens
  /// Token spellings in the order of their numbers.
  package let pieces: [String]
  /// Log probabilities of the pieces.
  package let scores: [Float]
  /// Tokens that stand for a byte of a character that no piece has.
  private let byteTokens: [Int32: UInt8]
  /// The model file, to be saved beside a model's weights.
  package let bytes: [UInt8]
  /// For messages.
  let path: FilePath
  private nonisolated(unsafe) let handle: OpaquePointer

  /// Verifies and loads a model file's content; `path` is for the messages.
  package init(bytes: [UInt8], path: FilePath) throws(TokenizerError) {
    let file: SentencePieceModelFile
    do { file = try SentencePieceModelFile(bytes) } catch { throw .malformed(path, error.reason) }
    special = try Self.specialTokens(file, path)

    var loaded: OpaquePointer?
    guard sp_model_load(bytes, bytes.count, &loaded) == SP_OK, let loaded else {
      throw .malformed(path, "no usable SentencePiece model: \(LibraryMessage.last)")
    }
    guard sp_model_piece_count(loaded) == file.pieces.count else {
      sp_model_free(loaded)
      throw .malformed(path, "the model's pieces cannot be told apart")
    }
    handle = loaded
    pieces = file.pieces.map(\.text)
    scores = file.pieces.map(\.score)
    byteTokens = Dictionary(
      file.pieces.enumerated().compactMap { number, piece in
        // `<0xE4>`
        guard piece.kind == .byte, let byte = UInt8(piece.text.dropFirst(3).prefix(2), radix: 16) else {
          return nil
        }
        return (Int32(number), byte)
      }
    ) { $1 }
    vocabularySize = pieces.count
    self.bytes = bytes
    self.path = path
  }

  package convenience init(reading path: FilePath) throws(TokenizerError) {
    let bytes: [UInt8]
    do { bytes = try Files.read(path) } catch { throw .file(error) }
    try self.init(bytes: bytes, path: path)
  }

  deinit { sp_model_free(handle) }

  package func encode(_ text: String) -> [Int32] {
    var text = text
    return text.withUTF8 { utf8 in
      var ids: UnsafeMutablePointer<Int32>?
      var count = 0
      let status = utf8.withMemoryRebound(to: CChar.self) {
        sp_model_encode(handle, $0.baseAddress, $0.count, &ids, &count)
      }
      defer { sp_free(ids) }
      switch status {
      case SP_OK:
        return UnsafeBufferPointer(start: ids, count: count).map { isReserved($0) ? special.unknown : $0 }
      case SP_OUT_OF_MEMORY: fatalError("out of memory while encoding \(utf8.count) bytes of text")
      // Somebody else's model that is well formed and yet cannot take the text apart.
      default: return [special.unknown]
      }
    }
  }

  package func spellings(of tokens: Set<Int32>) -> [Int32: TokenSpelling] {
    Dictionary(
      uniqueKeysWithValues: tokens.filter { pieces.indices.contains(Int($0)) }.map { token in
        if let byte = byteTokens[token] { return (token, TokenSpelling(bytes: [byte], beginsWord: false)) }
        return (token, TokenSpelling(marked: pieces[Int(token)]))
      })
  }

  private func isReserved(_ token: Int32) -> Bool {
    token == special.padding || token == special.classification || token == special.separator
      || token == special.mask
  }
}

extension SentencePieceTokenizer {
  /// Roles are found by their usual spellings: BERT's and ALBERT's, RoBERTa's, Llama's and T5's.
  private static func specialTokens(
    _ file: SentencePieceModelFile, _ path: FilePath
  ) throws(TokenizerError) -> SpecialTokens {
    var missing: [String] = []
    func find(_ role: String, _ spellings: String...) -> Int32 {
      for spelling in spellings {
        if let id = file.pieces.firstIndex(where: { $0.text == spelling }) { return Int32(id) }
      }
      missing.append("\(role) (\(spellings.joined(separator: " or ")))")
      return 0
    }
    guard let unknown = file.pieces.firstIndex(where: { $0.kind == .unknown }) else {
      throw .malformed(path, "no usable SentencePiece model: no piece stands for unknown text")
    }
    let special = SpecialTokens(
      padding: find("padding", "[PAD]", "<pad>"),
      unknown: Int32(unknown),
      classification: find("the beginning", "[CLS]", "<cls>", "<s>"),
      separator: find("the separator", "[SEP]", "<sep>", "</s>"),
      mask: find("the mask", "[MASK]", "<mask>"))
    if !missing.isEmpty { throw .missingSpecialTokens(path, roles: missing) }
    return special
  }
}

/// What libsentencepiece says of the last call on this thread, without the places in its sources.
enum LibraryMessage {
  static var last: String {
    let message = String(cString: sp_last_error())
    guard message.contains(".cc("), let end = message.lastIndex(of: "]") else { return message }
    let rest = message[message.index(after: end)...].drop { $0 == " " }
    return rest.isEmpty ? message : String(rest)
  }
}
