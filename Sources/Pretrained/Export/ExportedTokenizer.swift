import Storage
import Text

/// A tokenizer's files as transformers reads them.
enum ExportedTokenizer {
  /// With `tokenizer_config.json`, which says which class they are of.
  /// - Parameter positions: tokens of a text at most.
  /// - Parameter hasTypes: whether the encoder is told which of two texts a token is of.
  /// - Throws: `TokenizerError` where no file can say what the tokenizer does.
  static func files(
    _ tokenizer: TokenizerFile, positions: Int, hasTypes: Bool
  ) throws(TokenizerError) -> [(name: String, bytes: [UInt8])] {
    var settings = ExportedSettings()
    settings["model_max_length"] = .whole(positions)
    var files: [(name: String, bytes: [UInt8])]
    switch tokenizer {
    case .wordPiece(let own):
      let described = own.described()
      files = [(TokenizerFile.wordPieceName, own.bytes), (PublishedTokenizer.jsonName, described.json)]
      settings.describe(described, own.special, hasTypes: hasTypes)
      settings.merge([
        "tokenizer_class": .word("BertTokenizer"), "do_lower_case": .flag(own.basic.lowercases),
        "tokenize_chinese_chars": .flag(own.basic.splitsChineseCharacters),
      ])
      if let stripsAccents = own.basic.stripsAccents { settings["strip_accents"] = .flag(stripsAccents) }
    case .sentencePiece(let own):
      let described = try own.described()
      files = [(PublishedTokenizer.jsonName, described.json)]
      settings.describe(described, own.special, hasTypes: hasTypes)
    case .published(let own):
      if let described = own.described() {
        files = [(PublishedTokenizer.jsonName, described.json)]
        settings.describe(described, own.special, hasTypes: hasTypes)
      } else {
        files = own.files.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        settings["tokenizer_class"] = .word("RobertaTokenizer")
      }
    }
    return files + [(TokenizerFile.settingsName, settings.bytes)]
  }
}

extension ExportedSettings {
  fileprivate mutating func describe(
    _ tokenizer: DescribedTokenizer, _ special: SpecialTokens, hasTypes: Bool
  ) {
    self["tokenizer_class"] = .word("PreTrainedTokenizerFast")
    self["model_input_names"] = .words(
      ["input_ids"] + (hasTypes ? ["token_type_ids"] : []) + ["attention_mask"])
    for (key, token) in [
      ("pad_token", special.padding), ("unk_token", special.unknown), ("cls_token", special.classification),
      ("sep_token", special.separator), ("mask_token", special.mask),
    ] {
      if let spelling = tokenizer.spellings[token] { self[key] = .word(spelling) }
    }
  }
}
