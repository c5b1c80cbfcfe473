import Storage
import SystemPackage

extension PublishedTokenizer {
  /// The file of DeBERTa's second and third version: tokens are numbered as the pieces are, and the mask comes behind all of
  /// them. As `transformers` 4 converts it, which is what SentencePiece itself makes of text; version 5 reads the file without
  /// its table of characters.
  /// - Parameter lowercases: whether text is read in small letters.
  init(deberta bytes: [UInt8], lowercases: Bool, path: FilePath) throws(TokenizerError) {
    let file: SentencePieceModelFile
    do { file = try SentencePieceModelFile(bytes) } catch { throw .malformed(path, error.reason) }
    guard file.isUnigram else { throw .malformed(path, "is no unigram model, as DeBERTa's is") }
    guard !file.pieces.contains(where: { $0.kind == .byte }) else {
      throw .malformed(path, "takes unknown characters apart into bytes, as DeBERTa's does not")
    }
    let pieces = file.pieces.enumerated()
    let tokens = Dictionary(pieces.map { (Array($1.text.utf8), Int32($0)) }) { first, _ in first }
    let mask = tokens[Array("[MASK]".utf8)] ?? Int32(file.pieces.count)
    var special = try SpecialSpellings.roles(among: tokens.merging([Array("[MASK]".utf8): mask]) { $1 }, path)
    guard let unknown = file.pieces.firstIndex(where: { $0.kind == .unknown }) else {
      throw .malformed(path, "has no piece that stands for unknown text")
    }
    special.unknown = Int32(unknown)
    let withoutText = pieces.filter { $1.kind != .normal }.map { Int32($0.offset) }
    var normalizers: [TextNormalizer] = lowercases ? [.lowercase] : []
    normalizers.append(.strip(left: true, right: true))
    if !file.normalizationTable.isEmpty {
      normalizers.append(.precompiled(NormalizationMap(verified: file.normalizationTable[...])))
    }
    var files = [Self.debertaName: bytes]
    if lowercases { files[TokenizerSettings.name] = Array("{\"do_lower_case\": true}\n".utf8) }
    self.init(
      special: special, size: max(file.pieces.count, Int(mask) + 1),
      normalizers: normalizers + [.repeatedSpaces(content: " ")],
      splitters: [.metaspace(.init(replacement: "\u{2581}", prepends: .always, splits: true))],
      model: .unigram(
        UnigramModel(
          file.pieces.map { (Array($0.text.utf8), Double($0.score)) }, unknown: special.unknown,
          withoutText: Set(withoutText + [mask]))),
      added: (
        AddedTokens(pieces.filter { $1.kind == .userDefined }.map { ($1.text, Int32($0)) }), AddedTokens()
      ), files: files)
  }
}
