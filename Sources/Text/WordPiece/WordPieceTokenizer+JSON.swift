import Storage

extension WordPieceTokenizer {
  /// The same tokenizer as `tokenizer.json` of Hugging Face's `tokenizers`, with `[CLS]` before a text and `[SEP]` behind it. A text
  /// that spells a special token becomes it there.
  package func described() -> DescribedTokenizer {
    let roles = [
      (special.padding, "[PAD]"), (special.unknown, "[UNK]"), (special.classification, "[CLS]"),
      (special.separator, "[SEP]"), (special.mask, "[MASK]"),
    ]
    return TokenizerDocument(
      added: roles.sorted { $0.0 < $1.0 }.map { .init(id: $0, content: $1) },
      normalizer: .init("BertNormalizer") {
        ($0.cleansText, $0.splitsChineseCharacters) = (true, basic.splitsChineseCharacters)
        ($0.stripsAccents, $0.lowercases) = (basic.stripsAccents, basic.lowercases)
      },
      preTokenizer: .init("BertPreTokenizer"),
      decoder: .init("WordPiece") { ($0.prefix, $0.cleansUp) = ("##", true) },
      around: (special.classification, special.separator), model: model
    ).described
  }

  private var model: [UInt8] {
    // Of pieces that stand twice the last counts; pieces are told apart by their bytes.
    var numbers: [[UInt8]: Int] = [:]
    for (number, piece) in pieces.enumerated() { numbers[Array(piece)] = number }
    let members = numbers.sorted { $0.value < $1.value }.map { piece, number in
      JSONText.encode(String(decoding: piece, as: UTF8.self)) + Array(":\(number)".utf8)
    }
    let settings =
      "{\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\",\"continuing_subword_prefix\":\"##\","
      + "\"max_input_chars_per_word\":\(Self.longestWord),\"vocab\":{"
    return Array(settings.utf8) + members.joined(separator: ",".utf8) + Array("}}".utf8)
  }
}
