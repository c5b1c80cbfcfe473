import Storage

/// A `tokenizer.json` of Hugging Face's `tokenizers`, to be written: what text is changed to, where it is cut, the model, and
/// the tokens that stand around a text.
struct TokenizerDocument {
  /// Tokens that have a role, or that no text becomes, in the order of their numbers.
  var added: [(token: Int32, spelling: String)]
  var normalizer: Part
  var preTokenizer: Part
  var decoder: Part
  /// What begins a text and what ends it.
  var around: (first: (token: Int32, spelling: String), last: (token: Int32, spelling: String))
  /// JSON. A vocabulary has keys that Swift's strings hold to be equal.
  var model: [UInt8]

  var bytes: [UInt8] {
    let members: [(String, [UInt8])] = [
      ("version", JSONText.encode("1.0")),
      ("added_tokens", JSONText.encode(added.map { AddedToken(id: $0.token, content: $0.spelling) })),
      ("normalizer", JSONText.encode(normalizer)), ("pre_tokenizer", JSONText.encode(preTokenizer)),
      ("post_processor", JSONText.encode(Template(first: around.first, last: around.last))),
      ("decoder", JSONText.encode(decoder)), ("model", model),
    ]
    let texts = members.map { Array("\"\($0)\":".utf8) + $1 }
    return Array("{".utf8) + texts.joined(separator: ",".utf8) + Array("}\n".utf8)
  }

  private struct AddedToken: Encodable {
    let id: Int32
    let content: String
    let isWord = false
    let stripsLeft = false
    let stripsRight = false
    let isNormalized = false
    let isSpecial = true

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
    var cleansUp: Bool?

    init(_ type: String, _ change: (inout Part) -> Void = { _ in }) {
      self.type = type
      change(&self)
    }

    enum CodingKeys: String, CodingKey {
      case type, normalizers, decoders, pattern, content, replacement, prefix
      case table = "precompiled_charsmap"
      case stripsLeft = "strip_left"
      case stripsRight = "strip_right"
      case scheme = "prepend_scheme"
      case splits = "split"
      case cleansText = "clean_text"
      case splitsChineseCharacters = "handle_chinese_chars"
      case stripsAccents = "strip_accents"
      case lowercases = "lowercase"
      case cleansUp = "cleanup"
    }
  }

  /// What stands around a text, or two.
  private struct Template: Encodable {
    let first: (token: Int32, spelling: String)
    let last: (token: Int32, spelling: String)

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
      let single = [special(first.spelling, 0), text("A", 0), special(last.spelling, 0)]
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode("TemplateProcessing", forKey: .type)
      try container.encode(single, forKey: .single)
      try container.encode(single + [text("B", 1), special(last.spelling, 1)], forKey: .pair)
      let tokens = [first, last].map {
        ($0.spelling, Token(id: $0.spelling, ids: [$0.token], tokens: [$0.spelling]))
      }
      try container.encode(Dictionary(tokens) { one, _ in one }, forKey: .tokens)
    }
  }
}
