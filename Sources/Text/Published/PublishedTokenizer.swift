import Storage
import SystemPackage

/// A tokenizer of Hugging Face's library `tokenizers`: what text is changed to, where it is cut, and the model that
/// takes the pieces apart.
///
/// Equal to the original but for one thing: text that spells a special token is text, and no special token.
package struct PublishedTokenizer: Tokenizer {
  package let vocabularySize: Int
  package let special: SpecialTokens
  /// What it was read from, by the name of each file, to be saved beside a model's weights.
  package let files: [String: [UInt8]]
  let normalizers: [TextNormalizer]
  let splitters: [TextSplitter]
  let model: Model
  /// Of a `tokenizer.json`: how the tokens with a role are spelled.
  let spellingsOfRoles: [Int32: String]

  /// Looked for in the text as it comes, and in the normalised text of what then is left.
  let added: (before: AddedTokens, behind: AddedTokens)

  enum Model: Sendable {
    case unigram(UnigramModel)
    case bytePairs(BytePairModel)
  }

  /// Whether pieces have probabilities, as XLM-R's and DeBERTa's have.
  package var isUnigram: Bool {
    if case .unigram = model { true } else { false }
  }

  package func encode(_ text: String) -> [Int32] {
    var tokens: [Int32] = []
    var isFirst = true
    for part in added.before.parts(of: text) {
      switch part {
      case .token(let token): tokens.append(token)
      case .text(let text):
        for part in added.behind.parts(of: normalizers.reduce(text) { $1($0) }) {
          switch part {
          case .token(let token): tokens.append(token)
          case .text(let text): tokens += encode(.init(text: text, isFirst: isFirst))
          }
          isFirst = false
        }
      }
      isFirst = false
    }
    return tokens
  }

  private func encode(_ whole: TextSplitter.Piece) -> [Int32] {
    var pieces = [whole]
    for splitter in splitters { pieces = pieces.flatMap(splitter.split) }
    return pieces.flatMap { piece in
      switch model {
      case .unigram(let model): model.encode(Array(piece.text.utf8))
      case .bytePairs(let model): model.encode(Array(piece.text.utf8))
      }
    }
  }

  package func spellings(of tokens: Set<Int32>) -> [Int32: TokenSpelling] {
    var spellings =
      switch model {
      case .unigram(let model):
        model.spellings(of: tokens).mapValues { TokenSpelling(marked: $0, space: space) }
          .merging(model.bytes(of: tokens).mapValues { TokenSpelling(bytes: [$0], beginsWord: false) }) { $1 }
      case .bytePairs(let model): model.spellings(of: tokens).mapValues { TokenSpelling(bytesOfPiece: $0) }
      }
    for tokens in [added.before.spellings(of: tokens), added.behind.spellings(of: tokens)] {
      spellings.merge(tokens.mapValues { TokenSpelling(bytesOfPiece: $0) }) { $1 }
    }
    // Which spelling it has among many, no model says.
    if tokens.contains(special.unknown) {
      spellings[special.unknown] = TokenSpelling("[UNK]", beginsWord: true)
    }
    return spellings
  }

  /// What stands for a space in the pieces.
  private var space: String {
    for case .metaspace(let metaspace) in splitters { return String(metaspace.replacement) }
    return " "
  }
}

extension TokenSpelling {
  /// Of a piece whose bytes are those of the text, a space before a word included.
  fileprivate init(bytesOfPiece bytes: [UInt8]) {
    let space = UInt8(ascii: " ")
    self.init(
      bytes: Array(bytes.drop { $0 == space }), beginsWord: bytes.first == space)
  }
}

extension PublishedTokenizer {
  package static let jsonName = "tokenizer.json"
  static let sentencePieceName = "sentencepiece.bpe.model"
  static let debertaName = "spm.model"
  static let vocabularyName = "vocab.json"
  static let mergesName = "merges.txt"
  /// Bytes of one of the files; the largest that are published have 35 MB.
  static let largestFile = 1 << 28
  static let largestVocabulary = SentencePieceModelFile.largestVocabulary

  static func read(_ path: FilePath) throws(TokenizerError) -> [UInt8] {
    do { return try Files.read(path, limit: largestFile) } catch { throw .file(error) }
  }

  /// RoBERTa's own two files: the numbers of its tokens, and the pairs that are merged, in the order of their rank.
  init(vocabulary: [UInt8], merges: [UInt8], in folder: FilePath) throws(TokenizerError) {
    let path = folder.appending(Self.vocabularyName)
    let tokens = try TokenizerNode(vocabulary, path).vocabulary()
    guard let text = String(validating: merges, as: UTF8.self) else {
      throw .malformed(folder.appending(Self.mergesName), "is not UTF-8 text")
    }
    let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#version") }
    self.init(
      special: try SpecialSpellings.roles(among: tokens, path),
      size: tokens.count,
      normalizers: [], splitters: [.byteLevel(.init(prependsSpace: false, splitsWords: true))],
      model: .bytePairs(
        try BytePairModel(
          tokens, merges: lines.map(String.init), folder.appending(Self.mergesName))),
      files: [Self.vocabularyName: vocabulary, Self.mergesName: merges])
  }

  init(
    special: SpecialTokens, size: Int, normalizers: [TextNormalizer], splitters: [TextSplitter], model: Model,
    added: (before: AddedTokens, behind: AddedTokens) = (AddedTokens(), AddedTokens()),
    files: [String: [UInt8]], spellingsOfRoles: [Int32: String] = [:]
  ) {
    self.special = special
    vocabularySize = size
    self.normalizers = normalizers
    self.splitters = splitters
    self.model = model
    self.added = added
    self.files = files
    self.spellingsOfRoles = spellingsOfRoles
  }
}

/// Which tokens have a role, by the spellings that published vocabularies give them.
enum SpecialSpellings {
  private static let roles = ["padding", "unknown text", "the beginning", "the separator", "the mask"]
  /// In the order of `roles`: BERT's, and RoBERTa's.
  private static let families = [
    [["[PAD]"], ["[UNK]"], ["[CLS]"], ["[SEP]"], ["[MASK]"]],
    [["<pad>"], ["<unk>"], ["<cls>", "<s>"], ["<sep>", "</s>"], ["<mask>"]],
  ]

  /// Those of one family where all of it is there, else of each role the first.
  /// - Throws: `TokenizerError.missingSpecialTokens`.
  static func roles(
    among tokens: [[UInt8]: Int32], _ path: FilePath
  ) throws(TokenizerError) -> SpecialTokens {
    func token(_ spellings: [String]) -> Int32? {
      spellings.lazy.compactMap { tokens[Array($0.utf8)] }.first
    }
    let whole = families.lazy.map { $0.compactMap(token) }.first { $0.count == roles.count }
    if let whole { return SpecialTokens(inOrder: whole) }
    var missing: [String] = []
    let found = roles.indices.map { role -> Int32 in
      let spellings = families.flatMap { $0[role] }
      if let token = token(spellings) { return token }
      missing.append("\(roles[role]) (\(spellings.joined(separator: " or ")))")
      return 0
    }
    if !missing.isEmpty { throw .missingSpecialTokens(path, roles: missing) }
    return SpecialTokens(inOrder: found)
  }
}

extension SpecialTokens {
  fileprivate init(inOrder tokens: [Int32]) {
    self.init(
      padding: tokens[0], unknown: tokens[1], classification: tokens[2], separator: tokens[3], mask: tokens[4]
    )
  }

  func spellings(among tokens: [[UInt8]: Int32]) -> [Int32: String] {
    let own = Set(all)
    let spelled = tokens.filter { own.contains($0.value) }.map {
      ($0.value, String(decoding: $0.key, as: UTF8.self))
    }
    return Dictionary(spelled) { min($0, $1) }
  }
}
