extension SentencePieceTokenizer {
  /// The same tokenizer as `tokenizer.json` of Hugging Face's `tokenizers`, with the token that begins a text and the one that
  /// ends it around each. Two things are otherwise there: a text that spells a special token becomes it, and of several
  /// characters that are replaced by one, such as ｶﾞ, each may be seen alone.
  /// - Throws: `TokenizerError` naming what that library does not compute.
  package func described() throws(TokenizerError) -> DescribedTokenizer {
    let file: SentencePieceModelFile
    do { file = try SentencePieceModelFile(bytes) } catch { throw .malformed(path, error.reason) }
    guard file.isUnigram else { throw inexpressible("merges pairs of pieces (BPE)") }
    if let unusual = file.unusual.first { throw inexpressible("has \(unusual)") }
    guard !file.pieces.contains(where: { $0.kind == .userDefined || $0.kind == .unused }) else {
      throw inexpressible("has pieces that are searched for, or for nothing")
    }
    let withoutText = file.pieces.indices.filter { file.pieces[$0].kind == .control }.map { Int32($0) }
    // The library takes only U+0020 away, behind its table.
    let normalizers: [TextNormalizer] =
      file.normalizer + [.matches(.outerSpaces, content: ""), .matches(.repeatedSpaces, content: " ")]
    // A piece may hold a space, so that text is not cut at them.
    let metaspace = TextSplitter.Metaspace(replacement: "\u{2581}", prepends: .always, splits: false)
      .described
    return TokenizerDocument(
      added: Set(special.all + withoutText).sorted().map {
        .init(id: $0, content: file.pieces[Int($0)].text)
      },
      normalizer: .init("Sequence") { $0.normalizers = normalizers.map(\.described) },
      preTokenizer: metaspace,
      decoder: .init("Sequence") { $0.decoders = [.init("ByteFallback"), metaspace] },
      around: (special.classification, special.separator),
      model: TokenizerDocument.unigram(
        file.pieces, unknown: special.unknown, spellsBytes: file.pieces.contains { $0.kind == .byte })
    ).described
  }

  private func inexpressible(_ reason: String) -> TokenizerError {
    .malformed(path, "\(reason), which no tokenizer.json can say")
  }
}

extension SentencePieceModelFile {
  /// The table of characters, where there is one.
  var normalizer: [TextNormalizer] {
    normalizationTable.isEmpty ? [] : [.precompiled(NormalizationMap(verified: normalizationTable))]
  }
}
