import Storage

/// A `tokenizer.json` of Hugging Face's `tokenizers`, to be written: what text is changed to, where it is cut, the model, and
/// the tokens that stand around a text.
struct TokenizerDocument {
  /// Tokens that have a role, that no text becomes, or that text is searched for, in the order of their numbers.
  var added: [AddedToken]
  var normalizer: Part
  var preTokenizer: Part
  var decoder: Part
  /// What begins a text and what ends it; both are among `added`.
  var around: (first: Int32, last: Int32)
  /// Whether two texts have what ends one twice between them and are of one type, as RoBERTa has them; BERT has it once, and
  /// the second text is of the second type.
  var pairsAsRoBERTa = false
  /// JSON. A vocabulary has keys that Swift's strings hold to be equal.
  var model: [UInt8]

  var described: DescribedTokenizer {
    .init(json: bytes, spellings: Dictionary(added.map { ($0.id, $0.content) }) { first, _ in first })
  }

  private var bytes: [UInt8] {
    let members: [(String, [UInt8])] = [
      ("version", JSONText.encode("1.0")),
      ("added_tokens", JSONText.encode(added)),
      ("normalizer", JSONText.encode(normalizer)), ("pre_tokenizer", JSONText.encode(preTokenizer)),
      ("post_processor", JSONText.encode(template)),
      ("decoder", JSONText.encode(decoder)), ("model", model),
    ]
    let texts = members.map { Array("\"\($0)\":".utf8) + $1 }
    return Array("{".utf8) + texts.joined(separator: ",".utf8) + Array("}\n".utf8)
  }

  private var template: Template {
    func spelled(_ token: Int32) -> AddedToken {
      guard let token = added.first(where: { $0.id == token }) else { preconditionFailure("it has a role") }
      return token
    }
    return Template(first: spelled(around.first), last: spelled(around.last), asRoBERTa: pairsAsRoBERTa)
  }

  /// One that text is searched for as it comes.
  struct AddedToken: Encodable {
    let id: Int32
    let content: String
    /// Whether it stands for something else than text.
    var isSpecial = true
    let isWord = false
    let stripsLeft = false
    let stripsRight = false
    let isNormalized = false

    enum CodingKeys: String, CodingKey {
      case id, content
      case isWord = "single_word"
      case stripsLeft = "lstrip"
      case stripsRight = "rstrip"
      case isNormalized = "normalized"
      case isSpecial = "special"
    }
  }

  /// A step before the model or behind it. Of its settings those are written that are there.
  struct Part: Encodable {
    let type: String
    var normalizers: [Part]?
    var preTokenizers: [Part]?
    var decoders: [Part]?
    var table: String?
    var stripsLeft: Bool?
    var stripsRight: Bool?
    var pattern: [String: String]?
    var content: String?
    var replacement: String?
    var scheme: String?
    var splits: Bool?
    var cleansText: Bool?
    var splitsChineseCharacters: Bool?
    var stripsAccents: Bool?
    var lowercases: Bool?
    var prefix: String?
    var beginning: String?
    var cleansUp: Bool?

    init(_ type: String, _ change: (inout Part) -> Void = { _ in }) {
      self.type = type
      change(&self)
    }

    enum CodingKeys: String, CodingKey {
      case type, normalizers, decoders, pattern, content, replacement, prefix
      case preTokenizers = "pretokenizers"
      case table = "precompiled_charsmap"
      case stripsLeft = "strip_left"
      case stripsRight = "strip_right"
      case scheme = "prepend_scheme"
      case splits = "split"
      case cleansText = "clean_text"
      case splitsChineseCharacters = "handle_chinese_chars"
      case stripsAccents = "strip_accents"
      case lowercases = "lowercase"
      case beginning = "prepend"
      case cleansUp = "cleanup"
    }
  }

  /// What stands around a text, or two.
  private struct Template: Encodable {
    let first: AddedToken
    let last: AddedToken
    let asRoBERTa: Bool

    private enum CodingKeys: String, CodingKey {
      case type, single, pair
      case tokens = "special_tokens"
    }

    private struct Place: Encodable {
      let id: String
      let segment: Int

      enum CodingKeys: String, CodingKey {
        case id
        case segment = "type_id"
      }
    }

    private struct Token: Encodable {
      let id: String
      let ids: [Int32]
      let tokens: [String]
    }

    func encode(to encoder: any Encoder) throws {
      func special(_ id: String, _ segment: Int) -> [String: Place] {
        ["SpecialToken": Place(id: id, segment: segment)]
      }
      func text(_ id: String, _ segment: Int) -> [String: Place] {
        ["Sequence": Place(id: id, segment: segment)]
      }
      let single = [special(first.content, 0), text("A", 0), special(last.content, 0)]
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode("TemplateProcessing", forKey: .type)
      try container.encode(single, forKey: .single)
      let second =
        asRoBERTa
        ? [special(last.content, 0), text("B", 0), special(last.content, 0)]
        : [text("B", 1), special(last.content, 1)]
      try container.encode(single + second, forKey: .pair)
      let tokens = [first, last].map {
        ($0.content, Token(id: $0.content, ids: [$0.id], tokens: [$0.content]))
      }
      try container.encode(Dictionary(tokens) { one, _ in one }, forKey: .tokens)
    }
  }
}

/// A tokenizer as `tokenizer.json`, and how the tokens are spelled that have a role, which that file does not tell.
package struct DescribedTokenizer: Sendable {
  package let json: [UInt8]
  package let spellings: [Int32: String]
}
