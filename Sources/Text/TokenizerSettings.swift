import Storage
import SystemPackage

/// What stands beside a vocabulary and decides its tokens: `tokenizer_config.json`, `special_tokens_map.json` and
/// `added_tokens.json` of Hugging Face's folders. Every key has to be understood: what is read, what is held to the one value
/// that is computed here, and what changes no token. The rest refuses the tokenizer by the key's name.
struct TokenizerSettings {
  private(set) var basic = BasicTokenizer()

  /// Whose vocabulary it is.
  enum Kind {
    /// BERT's `vocab.txt`.
    case wordPiece
    /// RoBERTa's `vocab.json` and `merges.txt`.
    case bytePairs
    /// XLM-R's `sentencepiece.bpe.model`.
    case unigram
    /// DeBERTa's `spm.model`.
    case deberta

    /// Of the same tokens under other names.
    fileprivate var classes: [String] {
      switch self {
      case .wordPiece: ["Bert", "DistilBert", "Electra", "MobileBert"]
      case .bytePairs: ["Roberta"]
      case .unigram: ["XLMRoberta"]
      case .deberta: ["DebertaV2"]
      }
    }

    /// Which token has which role. A title that spells one is text (see `WordPieceTokenizer`), so that further ones, which
    /// text is searched for, change nothing.
    fileprivate var roles: [(key: String, token: String)] {
      switch self {
      case .wordPiece:
        [
          ("unk_token", "[UNK]"), ("sep_token", "[SEP]"), ("pad_token", "[PAD]"), ("cls_token", "[CLS]"),
          ("mask_token", "[MASK]"),
        ]
      case .bytePairs, .unigram:
        [
          ("unk_token", "<unk>"), ("sep_token", "</s>"), ("pad_token", "<pad>"), ("cls_token", "<s>"),
          ("mask_token", "<mask>"), ("bos_token", "<s>"), ("eos_token", "</s>"),
        ]
      case .deberta:
        [
          ("unk_token", "[UNK]"), ("sep_token", "[SEP]"), ("pad_token", "[PAD]"), ("cls_token", "[CLS]"),
          ("mask_token", "[MASK]"), ("bos_token", "[CLS]"), ("eos_token", "[SEP]"),
        ]
      }
    }
  }

  static let name = "tokenizer_config.json"
  private static let specialName = "special_tokens_map.json"
  private static let addedName = "added_tokens.json"
  static let furtherNames = [specialName, addedName]

  /// - Parameter vocabulary: the path of the vocabulary's file.
  init(beside vocabulary: FilePath, of kind: Kind) throws(TokenizerError) {
    let folder = vocabulary.removingLastComponent()
    basic.lowercases = kind == .wordPiece
    if var settings = try Document(folder.appending(Self.name), kind) { try take(&settings, kind) }
    if var special = try Document(folder.appending(Self.specialName), kind) {
      try special.expectUsualTokens()
      try special.finish()
    }
    if let added = try Document(folder.appending(Self.addedName), kind) {
      for (token, _) in added.members { try added.expectRole(of: token) }
    }
  }

  private mutating func take(_ settings: inout Document, _ kind: Kind) throws(TokenizerError) {
    let classes = kind.classes.flatMap { name in ["Tokenizer", "TokenizerFast"].map { name + $0 } }
    try settings.expect("tokenizer_class", classes.map(JSONNode.text), classes[0])
    switch kind {
    case .wordPiece:
      basic.lowercases = try settings.flag("do_lower_case") ?? true
      basic.stripsAccents = try settings.flag("strip_accents")
      basic.splitsChineseCharacters = try settings.flag("tokenize_chinese_chars") ?? true
      try settings.expect("do_basic_tokenize", [.boolean(true)], "true")
      try settings.expect("do_word_tokenize", [.boolean(true)], "true")
      try settings.expect("do_subword_tokenize", [.boolean(true)], "true")
      try settings.expect("word_tokenizer_type", [.text("basic")], "\"basic\"")
      try settings.expect("subword_tokenizer_type", [.text("wordpiece")], "\"wordpiece\"")
    case .bytePairs: try settings.expect("add_prefix_space", [.boolean(false)], "false")
    case .unigram:
      try settings.expect("add_prefix_space", [.boolean(true)], "true")
      try settings.expect("sp_model_kwargs", [.members([], [])], "an object without members")
    case .deberta:
      basic.lowercases = try settings.flag("do_lower_case") ?? false
      try settings.expect("split_by_punct", [.boolean(false)], "false")
      try settings.expect("add_prefix_space", [.boolean(true)], "true")
      try settings.expect("vocab_type", [.text("spm")], "\"spm\"")
      try settings.expect("sp_model_kwargs", [.members([], [])], "an object without members")
    }
    try settings.expectUsualTokens()
    if case .list(let words)? = settings.take("never_split") {
      for word in words { try settings.expectRole(of: word.content ?? "", in: "never_split") }
    }
    if case .members(_, let tokens)? = settings.take("added_tokens_decoder") {
      for token in tokens where token["special"] != .boolean(true) {
        try settings.expectRole(of: token.content ?? "", in: "added_tokens_decoder")
      }
    }
    // How long texts may be, on which side they are cut and filled, how tokens become text again, where files lay, and
    // which token is the unknown one, which the model says itself.
    settings.passOver(
      "model_max_length", "max_len", "max_length", "padding_side", "truncation_side", "truncation_strategy",
      "truncation", "padding", "pad_to_multiple_of", "pad_token_type_id", "stride", "model_input_names",
      "clean_up_tokenization_spaces", "split_special_tokens", "name_or_path", "special_tokens_map_file",
      "tokenizer_file", "vocab_file", "init_inputs", "processor_class", "use_fast", "backend", "is_local",
      "local_files_only", "extra_special_tokens", "chat_template", "errors", "trim_offsets", "unk_id")
    try settings.finish()
  }
}

/// One of the files; null is as good as nothing.
private struct Document {
  private let path: FilePath
  private let kind: TokenizerSettings.Kind
  private(set) var members: [(name: String, value: JSONNode)] = []

  /// nil where it is not there.
  init?(_ path: FilePath, _ kind: TokenizerSettings.Kind) throws(TokenizerError) {
    self.path = path
    self.kind = kind
    guard Folder.exists(path) else { return nil }
    let bytes: [UInt8]
    do { bytes = try Files.read(path) } catch { throw .file(error) }
    let node: JSONNode
    do { node = try bytes.withUnsafeBytes { try JSONNode($0) } } catch {
      throw .malformed(path, JSONText.problem(in: error, bytes: bytes))
    }
    guard case .members(let names, let values) = node else { throw .malformed(path, "is no JSON object") }
    members = zip(names, values).filter { $1 != .null }.map { ($0, $1) }
  }

  mutating func take(_ name: String) -> JSONNode? {
    guard let place = members.firstIndex(where: { $0.name == name }) else { return nil }
    return members.remove(at: place).value
  }

  mutating func flag(_ name: String) throws(TokenizerError) -> Bool? {
    switch take(name) {
    case nil: return nil
    case .boolean(let flag): return flag
    default: throw .malformed(path, "\(name) is neither true nor false")
    }
  }

  mutating func expect(_ name: String, _ wanted: [JSONNode], _ known: String) throws(TokenizerError) {
    guard let value = take(name), !wanted.contains(value) else { return }
    throw .malformed(path, "\(name) is \(value.told), only \(known) is computed here")
  }

  /// Those with a role are spelled as the model's own.
  mutating func expectUsualTokens() throws(TokenizerError) {
    for (name, usual) in kind.roles {
      guard let value = take(name), value.content != usual else { continue }
      throw .malformed(path, "\(name) is \(value.told), only \(quoted(usual)) is computed here")
    }
    passOver("additional_special_tokens")
  }

  /// - Throws: where a token that text is searched for has no role.
  func expectRole(of token: String, in list: String? = nil) throws(TokenizerError) {
    guard !kind.roles.contains(where: { $0.token == token }) else { return }
    let place = list.map { "\($0): " } ?? ""
    throw .malformed(
      path, "\(place)\(quoted(token)) is a token that text is searched for, which is not done here")
  }

  mutating func passOver(_ names: String...) { members.removeAll { names.contains($0.name) } }

  func finish() throws(TokenizerError) {
    guard let stranger = members.first?.name else { return }
    throw .malformed(
      path, "\(quoted(stranger)) is not understood, and may change tokens")
  }
}

extension JSONNode {
  /// Of a token that is written as its text, or as an object that says how text is searched for it.
  fileprivate var content: String? {
    if case .text(let text) = self { return text }
    guard case .text(let text)? = self["content"] else { return nil }
    return text
  }

  /// For a message.
  fileprivate var told: String {
    switch self {
    case .boolean(let flag): "\(flag)"
    case .number(let digits): String(digits.prefix(40))
    default: content.map(quoted) ?? kind
    }
  }
}
