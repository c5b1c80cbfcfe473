import Foundation
import Storage
import SystemPackage

/// `tokenizer.json` of Hugging Face's library `tokenizers`. What it asks for and is not computed here refuses the file by its
/// name; decoding, padding and truncation are not ours.
enum TokenizerJSON {
  static func read(_ bytes: [UInt8], _ path: FilePath) throws(TokenizerError) -> TokenizerFile {
    let root = try TokenizerNode(bytes, path)
    let model = try root.required("model")
    let type = try model.member("type")?.text ?? "BPE"
    if type == "WordPiece" { return .wordPiece(try TokenizerJSON.wordPiece(root, model)) }
    let parts = try (normalizers(root), splitters(root))
    let added = try addedTokens(root, parts.0)
    switch type {
    case "Unigram":
      let pieces = try unigramPieces(model)
      let tokens = Dictionary(pieces.enumerated().map { ($1.0, Int32($0)) }) { $1 }
      let all = tokens.merging(added.all) { $1 }
      let special = try roles(all, root, unknown: try model.required("unk_id").token)
      guard Int(special.unknown) < pieces.count else { throw model.problem("has an unk_id that is no piece") }
      return .published(
        PublishedTokenizer(
          special: special, size: max(pieces.count, Int(added.all.values.max() ?? 0) + 1),
          normalizers: parts.0, splitters: parts.1,
          model: .unigram(
            UnigramModel(
              pieces, unknown: special.unknown, withoutText: added.special.union([special.unknown]),
              byteTokens: try byteTokens(model, tokens))),
          added: added.searched, files: [PublishedTokenizer.jsonName: bytes],
          spellingsOfRoles: special.spellings(among: all)))
    case "BPE":
      guard case .byteLevel? = parts.1.last else {
        throw model.problem("is a BPE over characters; of BPE only the byte-level one is read")
      }
      let tokens = try model.required("vocab").vocabulary()
      let all = tokens.merging(added.all) { $1 }
      let special = try roles(all, root, unknown: nil)
      return .published(
        PublishedTokenizer(
          special: special, size: Int(all.values.max() ?? 0) + 1,
          normalizers: parts.0, splitters: parts.1,
          model: .bytePairs(try bytePairs(model, tokens, withoutText: added.special)),
          added: added.searched, files: [PublishedTokenizer.jsonName: bytes],
          spellingsOfRoles: special.spellings(among: all)))
    default:
      throw model.problem("is a \(type), which is not read: only WordPiece, Unigram and byte-level BPE are")
    }
  }

  private struct Added {
    /// By their spelling.
    var all: [[UInt8]: Int32] = [:]
    /// No text becomes one of them.
    var special: Set<Int32> = []
    var searched = (before: AddedTokens(), behind: AddedTokens())
  }

  /// - Parameter normalizers: what tokens that are looked for in normalised text go through themselves.
  private static func addedTokens(
    _ root: TokenizerNode, _ normalizers: [TextNormalizer]
  ) throws(TokenizerError) -> Added {
    var found = Added()
    var searched: (before: [(String, Int32)], behind: [(String, Int32)]) = ([], [])
    for added in try root.member("added_tokens")?.elements ?? [] {
      let (text, token) = (try added.required("content").text, try added.required("id").token)
      found.all[Array(text.utf8)] = token
      if try added.required("special").flag {
        found.special.insert(token)
        continue
      }
      for key in ["single_word", "lstrip", "rstrip"] { try added.expect(key, .boolean(false)) }
      if try added.member("normalized")?.flag ?? true {
        searched.behind.append((normalizers.reduce(text) { $1($0) }, token))
      } else {
        searched.before.append((text, token))
      }
    }
    found.searched = (AddedTokens(searched.before), AddedTokens(searched.behind))
    return found
  }

  /// What the file itself puts around a text goes before the usual spellings.
  private static func roles(
    _ tokens: [[UInt8]: Int32], _ root: TokenizerNode, unknown: Int32?
  ) throws(TokenizerError) -> SpecialTokens {
    var special = try SpecialSpellings.roles(among: tokens, root.path)
    if let unknown { special.unknown = unknown }
    func token(_ spelling: String, _ node: TokenizerNode) throws(TokenizerError) -> Int32 {
      guard let token = tokens[Array(spelling.utf8)] else {
        throw node.problem("names no token: \(quoted(spelling))")
      }
      return token
    }
    func apply(_ processor: TokenizerNode) throws(TokenizerError) {
      switch try processor.required("type").text {
      case "Sequence": for part in try processor.required("processors").elements { try apply(part) }
      case "ByteLevel": break  // moves offsets alone
      case "RobertaProcessing", "BertProcessing":
        for (role, key) in [(\SpecialTokens.classification, "cls"), (\SpecialTokens.separator, "sep")] {
          let pair = try processor.required(key).elements
          guard let spelling = pair.first else { throw processor.problem("has an empty \(key)") }
          special[keyPath: role] = try token(try spelling.text, processor)
        }
      case "TemplateProcessing":
        let single = try processor.required("single").elements
        guard single.count == 3, let first = try single[0].member("SpecialToken"),
          try single[1].member("Sequence") != nil, let last = try single[2].member("SpecialToken")
        else {
          throw processor.problem("puts other things around a text than one token before and one behind it")
        }
        special.classification = try token(try first.required("id").text, processor)
        special.separator = try token(try last.required("id").text, processor)
      case let type: throw processor.problem("is a \(type), which is not read")
      }
    }
    if let processor = try root.member("post_processor") { try apply(processor) }
    return special
  }

  // MARK: Before the model

  private static func normalizers(_ root: TokenizerNode) throws(TokenizerError) -> [TextNormalizer] {
    func all(_ node: TokenizerNode) throws(TokenizerError) -> [TextNormalizer] {
      switch try node.required("type").text {
      case "Sequence": return Array(try node.required("normalizers").elements.map(all).joined())
      case "Precompiled":
        guard let table = Data(base64Encoded: try node.required("precompiled_charsmap").text) else {
          throw node.problem("holds no base64")
        }
        if table.isEmpty { return [] }
        let bytes = Array(table)
        do { try NormalizationTable.verify(bytes[...]) } catch { throw node.problem(error.reason) }
        return [.precompiled(NormalizationMap(verified: bytes))]
      case "Replace":
        let (pattern, content) = (try node.required("pattern"), try node.required("content").text)
        if let literal = try pattern.member("String")?.text, !literal.isEmpty {
          return [.literal(literal, content: content)]
        }
        guard let regex = try pattern.member("Regex")?.text,
          let expression = TextNormalizer.Expression(rawValue: regex)
        else { throw pattern.problem("is a regular expression that is not computed here") }
        return [.matches(expression, content: content)]
      case "Strip":
        return [
          .strip(
            left: try node.member("strip_left")?.flag ?? true,
            right: try node.member("strip_right")?.flag ?? true)
        ]
      case "NFC": return [.canonicalComposition]
      case "NFD": return [.canonicalDecomposition]
      case "NFKC": return [.compatibilityComposition]
      case "NFKD": return [.compatibilityDecomposition]
      case "Lowercase": return [.lowercase]
      case "StripAccents": return [.withoutAccents]
      case "Prepend": return [.prepend(try node.required("prepend").text)]
      case let type: throw node.problem("is a \(type), which is not read")
      }
    }
    return try root.member("normalizer").map(all) ?? []
  }

  private static func splitters(_ root: TokenizerNode) throws(TokenizerError) -> [TextSplitter] {
    func all(_ node: TokenizerNode) throws(TokenizerError) -> [TextSplitter] {
      switch try node.required("type").text {
      case "Sequence": return Array(try node.required("pretokenizers").elements.map(all).joined())
      case "WhitespaceSplit": return [.whitespace]
      case "Metaspace":
        try node.requireKnown("replacement", "prepend_scheme", "split", "add_prefix_space", "str_rep")
        let replacement = try node.required("replacement").text.unicodeScalars
        guard replacement.count == 1, let scalar = replacement.first else {
          throw node.problem("replaces a space by other than one character")
        }
        // Older files say in one flag what newer ones have a scheme for.
        let usual = try node.member("add_prefix_space")?.flag == false ? "never" : "always"
        guard
          let scheme = TextSplitter.Metaspace.Scheme(
            rawValue: try node.member("prepend_scheme")?.text ?? usual)
        else { throw node.problem("has an unknown prepend_scheme") }
        return [
          .metaspace(
            .init(replacement: scalar, prepends: scheme, splits: try node.member("split")?.flag ?? true))
        ]
      case "ByteLevel":
        try node.requireKnown("add_prefix_space", "trim_offsets", "use_regex")
        return [
          .byteLevel(
            .init(
              prependsSpace: try node.required("add_prefix_space").flag,
              splitsWords: try node.member("use_regex")?.flag ?? true))
        ]
      case "Split":
        try node.requireKnown("pattern", "behavior", "invert")
        try node.expect("invert", .boolean(false))
        let pattern = try node.required("pattern")
        guard try pattern.member("Regex")?.text == TextSplitter.wordExpression else {
          throw pattern.problem("is not the regular expression of GPT-2, the only one that is computed here")
        }
        try node.expect("behavior", .text("Isolated"))
        return [.words]
      case let type: throw node.problem("is a \(type), which is not read")
      }
    }
    let splitters = try root.member("pre_tokenizer").map(all) ?? []
    for splitter in splitters.dropLast() {
      if case .byteLevel = splitter { throw root.problem("pre_tokenizer cuts what is bytes already") }
    }
    return splitters
  }

  // MARK: Models

  private static func unigramPieces(_ model: TokenizerNode) throws(TokenizerError) -> [([UInt8], Double)] {
    try model.requireKnown("unk_id", "vocab", "byte_fallback")
    let pieces = try model.required("vocab").elements
    guard 1...PublishedTokenizer.largestVocabulary ~= pieces.count else {
      throw model.problem("has no vocabulary")
    }
    return try pieces.map { piece throws(TokenizerError) in
      let pair = try piece.elements
      guard pair.count == 2 else { throw piece.problem("is no piece with its score") }
      return (Array(try pair[0].text.utf8), try pair[1].real)
    }
  }

  /// The tokens of all bytes, where the model spells unknown text in them.
  private static func byteTokens(
    _ model: TokenizerNode, _ tokens: [[UInt8]: Int32]
  ) throws(TokenizerError) -> [Int32] {
    guard try model.member("byte_fallback")?.flag == true else { return [] }
    return try (0..<256).map { byte throws(TokenizerError) in
      let spelling = SentencePieceModelFile.spelling(ofByte: UInt8(byte))
      guard let token = tokens[Array(spelling.utf8)] else {
        throw model.problem("spells unknown text in bytes, and has no piece \(spelling)")
      }
      return token
    }
  }

  private static func bytePairs(
    _ model: TokenizerNode, _ tokens: [[UInt8]: Int32], withoutText: Set<Int32>
  ) throws(TokenizerError) -> BytePairModel {
    try model.requireKnown(
      "vocab", "merges", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix",
      "fuse_unk",
      "byte_fallback", "ignore_merges")
    try model.expect("continuing_subword_prefix", .text(""))
    try model.expect("end_of_word_suffix", .text(""))
    try model.expect("byte_fallback", .boolean(false))
    if let dropout = try model.member("dropout"), try dropout.real != 0 {
      throw dropout.problem("draws tokens at random")
    }
    let merges = try model.required("merges").elements.map { merge throws(TokenizerError) in
      if let text = try? merge.text { return text }
      return try merge.elements.map { part throws(TokenizerError) in try part.text }.joined(separator: " ")
    }
    return try BytePairModel(
      tokens, merges: merges, ignoringMerges: try model.member("ignore_merges")?.flag ?? false,
      withoutText: withoutText, model.path)
  }

  private static func wordPiece(
    _ root: TokenizerNode, _ model: TokenizerNode
  ) throws(TokenizerError) -> WordPieceTokenizer {
    try model.requireKnown("unk_token", "continuing_subword_prefix", "max_input_chars_per_word", "vocab")
    try model.expect("unk_token", .text("[UNK]"))
    try model.expect("continuing_subword_prefix", .text("##"))
    try model.expect("max_input_chars_per_word", .number("100"))
    let vocabulary = try model.required("vocab").vocabulary()
    let tokens = vocabulary.sorted { $0.value < $1.value }
    guard tokens.enumerated().allSatisfy({ $0 == Int($1.value) }) else {
      throw model.problem("has a vocabulary with a number that is missing or stands twice")
    }
    guard let normalizer = try root.member("normalizer"),
      try normalizer.required("type").text == "BertNormalizer",
      try root.member("pre_tokenizer")?.required("type").text == "BertPreTokenizer"
    else { throw root.problem("prepares text for WordPiece in another way than BERT") }
    try normalizer.expect("clean_text", .boolean(true))
    let basic = BasicTokenizer(
      lowercases: try normalizer.member("lowercase")?.flag ?? true,
      stripsAccents: try normalizer.member("strip_accents")?.flag,
      splitsChineseCharacters: try normalizer.member("handle_chinese_chars")?.flag ?? true)
    let lines = tokens.flatMap { $0.key + [UInt8(ascii: "\n")] }
    let tokenizer = try WordPieceTokenizer(bytes: lines, basic: basic, path: root.path)
    // Text is not searched for added tokens here; special ones are none of a text, wherever they stand.
    for added in try root.member("added_tokens")?.elements ?? [] where try !added.required("special").flag {
      throw added.problem("is searched for in text, which WordPiece is not computed with here")
    }
    let around = try roles(vocabulary, root, unknown: nil)
    guard around.classification == tokenizer.special.classification,
      around.separator == tokenizer.special.separator
    else { throw root.problem("post_processor puts other tokens around a text than [CLS] and [SEP]") }
    return tokenizer
  }
}
