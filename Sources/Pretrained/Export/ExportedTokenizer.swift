import Storage
import Text

/// A tokenizer's files as transformers reads them.
enum ExportedTokenizer {
  /// With `tokenizer_config.json`, which says which class they are of.
  /// - Parameter positions: tokens of a text at most.
  /// - Throws: `TokenizerError` where no file can say what the tokenizer does.
  static func files(
    _ tokenizer: TokenizerFile, positions: Int
  ) throws(TokenizerError) -> [(name: String, bytes: [UInt8])] {
    var settings = ExportedSettings()
    settings["model_max_length"] = .whole(positions)
    var files: [(name: String, bytes: [UInt8])]
    switch tokenizer {
    case .wordPiece(let own):
      let described = own.described()
      files = [(TokenizerFile.wordPieceName, own.bytes), (PublishedTokenizer.jsonName, described)]
      settings.describe(roles: own.special, in: described)
      settings.merge([
        "tokenizer_class": .word("BertTokenizer"), "do_lower_case": .flag(own.basic.lowercases),
        "tokenize_chinese_chars": .flag(own.basic.splitsChineseCharacters),
      ])
      if let stripsAccents = own.basic.stripsAccents { settings["strip_accents"] = .flag(stripsAccents) }
    case .sentencePiece(let own):
      let described = try own.described()
      files = [(PublishedTokenizer.jsonName, described)]
      settings.describe(roles: own.special, in: described)
    case .published(let own):
      if let described = own.described() {
        files = [(PublishedTokenizer.jsonName, described)]
        settings.describe(roles: own.special, in: described)
      } else {
        files = own.files.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        settings["tokenizer_class"] = .word("RobertaTokenizer")
      }
    }
    return files + [(TokenizerFile.settingsName, settings.bytes)]
  }
}

extension ExportedSettings {
  /// Of a `tokenizer.json`, which does not say which of its tokens has which role.
  fileprivate mutating func describe(roles special: SpecialTokens, in bytes: [UInt8]) {
    self["tokenizer_class"] = .word("PreTrainedTokenizerFast")
    guard let file = try? JSONText.decode(Described.self, from: bytes) else {
      preconditionFailure("it has been read already")
    }
    let spellings = Dictionary(file.added.map { ($0.id, $0.content) }) { one, _ in one }
    for (key, token) in [
      ("pad_token", special.padding), ("unk_token", special.unknown), ("cls_token", special.classification),
      ("sep_token", special.separator), ("mask_token", special.mask),
    ] {
      if let spelling = spellings[token] { self[key] = .word(spelling) }
    }
  }
}

private struct Described: Decodable {
  let added: [Token]

  struct Token: Decodable {
    let id: Int32
    let content: String
  }

  enum CodingKeys: String, CodingKey { case added = "added_tokens" }
}
