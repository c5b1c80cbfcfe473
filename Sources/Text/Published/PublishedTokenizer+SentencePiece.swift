import Storage
import SystemPackage

/// The files of SentencePiece that XLM-R and DeBERTa are published with, as `transformers` reads them.
extension PublishedTokenizer {
  private typealias Piece = SentencePieceModelFile.Piece

  /// XLM-R's own file, which `transformers` puts other numbers to: what begins and ends a text, padding and unknown text
  /// come first, every piece is one further on, and the mask is last. What no piece covers is unknown, pieces of bytes or not.
  init(sentencePiece bytes: [UInt8], path: FilePath) throws(TokenizerError) {
    let file = try Self.unigram(bytes, of: "XLM-R", path)
    guard file.pieces.prefix(3).map(\.text) == ["<unk>", "<s>", "</s>"] else {
      throw .malformed(path, "does not begin with <unk>, <s> and </s>, as XLM-R's does")
    }
    let pieces = Self.numberedForXLMR(file)
    _ = try Self.numbers(of: pieces, path)
    self.init(
      pieces,
      special: SpecialTokens(
        padding: 1, unknown: 3, classification: 0, separator: 2, mask: Int32(pieces.count - 1)),
      normalizers: file.normalizer, splitters: [.whitespace, .metaspace(Self.metaspace)],
      files: [Self.sentencePieceName: bytes])
  }

  /// The file of DeBERTa's second and third version: tokens are numbered as the pieces are, and the mask comes behind all of
  /// them. As version 4 has it: version 5 reads the file without its table of characters, which SentencePiece itself uses.
  /// - Parameter lowercases: whether text is read in small letters.
  init(deberta bytes: [UInt8], lowercases: Bool, path: FilePath) throws(TokenizerError) {
    let file = try Self.unigram(bytes, of: "DeBERTa", path)
    guard !file.pieces.contains(where: { $0.kind == .byte }) else {
      throw .malformed(path, "takes unknown characters apart into bytes, as DeBERTa's does not")
    }
    var tokens = try Self.numbers(of: file.pieces, path)
    let mask = Array(Self.debertaMask.utf8)
    tokens[mask] = tokens[mask] ?? Int32(file.pieces.count)
    var special = try SpecialSpellings.roles(among: tokens, path)
    guard let unknown = file.pieces.firstIndex(where: { $0.kind == .unknown }) else {
      throw .malformed(path, "has no piece that stands for unknown text")
    }
    special.unknown = Int32(unknown)
    var files = [Self.debertaName: bytes]
    if lowercases { files[TokenizerSettings.name] = Array("{\"do_lower_case\": true}\n".utf8) }
    self.init(
      file.pieces, special: special,
      normalizers: (lowercases ? [.lowercase] : []) + [.strip(left: true, right: true)] + file.normalizer
        + [.matches(.repeatedSpaces, content: " ")],
      splitters: [.metaspace(Self.metaspace)], files: files)
  }

  private init(
    _ pieces: [Piece], special: SpecialTokens, normalizers: [TextNormalizer], splitters: [TextSplitter],
    files: [String: [UInt8]]
  ) {
    let added = Self.added(pieces, special)
    self.init(
      special: special, size: max(pieces.count, Int(special.mask) + 1), normalizers: normalizers,
      splitters: splitters,
      model: .unigram(
        UnigramModel(
          pieces.map { (Array($0.text.utf8), Double($0.score)) }, unknown: special.unknown,
          withoutText: Set(added.filter(\.isSpecial).map(\.id)))),
      added: (
        AddedTokens(added.filter { !$0.isSpecial }.map { ($0.content, $0.id) }), AddedTokens()
      ), files: files)
  }

  /// Those that no text becomes, and those that text is searched for, in the order of their numbers.
  private static func added(_ pieces: [Piece], _ special: SpecialTokens) -> [TokenizerDocument.AddedToken] {
    let roles = special.all
    var added = pieces.enumerated().compactMap { number, piece -> TokenizerDocument.AddedToken? in
      let isSpecial = roles.contains(Int32(number)) || piece.kind == .control || piece.kind == .unknown
      guard isSpecial || piece.kind == .userDefined else { return nil }
      return .init(id: Int32(number), content: piece.text, isSpecial: isSpecial)
    }
    // The mask may be no piece.
    if special.mask >= pieces.count { added.append(.init(id: special.mask, content: debertaMask)) }
    return added
  }

  /// The same tokenizer as `tokenizer.json` of Hugging Face's `tokenizers`, with the token that begins a text and the one that ends
  /// it around each; a text that spells a special token becomes it there. nil of RoBERTa's two files, which say all themselves.
  package func described() -> DescribedTokenizer? {
    if let bytes = files[Self.jsonName] { return .init(json: bytes, spellings: spellingsOfRoles) }
    let (pieces, splitters, isOfXLMR): ([Piece], [TokenizerDocument.Part], Bool)
    if let bytes = files[Self.sentencePieceName] {
      (pieces, isOfXLMR) = (Self.numberedForXLMR(Self.verified(bytes)), true)
      splitters = [.init("WhitespaceSplit"), Self.metaspace.described]
    } else if let bytes = files[Self.debertaName] {
      (pieces, isOfXLMR) = (Self.verified(bytes).pieces, false)
      splitters = [Self.metaspace.described]
    } else {
      return nil
    }
    return TokenizerDocument(
      added: Self.added(pieces, special),
      normalizer: .init("Sequence") { $0.normalizers = normalizers.map(\.described) },
      preTokenizer: .init("Sequence") { $0.preTokenizers = splitters }, decoder: Self.metaspace.described,
      around: (special.classification, special.separator), pairsAsRoBERTa: isOfXLMR,
      model: TokenizerDocument.unigram(pieces, unknown: special.unknown, spellsBytes: false)
    ).described
  }

  private static let metaspace = TextSplitter.Metaspace(
    replacement: "\u{2581}", prepends: .always, splits: true)
  private static let debertaMask = "[MASK]"

  private static func numberedForXLMR(_ file: SentencePieceModelFile) -> [Piece] {
    func control(_ text: String) -> Piece { Piece(text: text, score: 0, kind: .control) }
    return [
      control("<s>"), control("<pad>"), control("</s>"), Piece(text: "<unk>", score: 0, kind: .unknown),
    ]
      + file.pieces.dropFirst(3) + [control("<mask>")]
  }

  private static func unigram(
    _ bytes: [UInt8], of name: String, _ path: FilePath
  ) throws(TokenizerError) -> SentencePieceModelFile {
    let file: SentencePieceModelFile
    do { file = try SentencePieceModelFile(bytes) } catch { throw .malformed(path, error.reason) }
    guard file.isUnigram else { throw .malformed(path, "is no unigram model, as \(name)'s is") }
    return file
  }

  /// By their spelling. Of two that are spelled alike nobody could tell which is meant; SentencePiece itself reads no such file.
  private static func numbers(
    of pieces: [Piece], _ path: FilePath
  ) throws(TokenizerError) -> [[UInt8]: Int32] {
    var numbers: [[UInt8]: Int32] = Dictionary(minimumCapacity: pieces.count)
    for (number, piece) in pieces.enumerated()
    where numbers.updateValue(Int32(number), forKey: Array(piece.text.utf8)) != nil {
      throw .malformed(path, "has two pieces \(quoted(piece.text))")
    }
    return numbers
  }

  /// Of what has been read already.
  private static func verified(_ bytes: [UInt8]) -> SentencePieceModelFile {
    guard let file = try? SentencePieceModelFile(bytes) else { preconditionFailure("it has been read") }
    return file
  }
}
