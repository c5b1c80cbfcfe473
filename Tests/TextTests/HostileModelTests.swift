import SystemPackage
import Testing

@testable import Text

/// Model files by hand, to be wrong in one place each.
private struct ModelBuilder {
  struct Piece {
    var text: [UInt8]
    var kind: UInt8 = 1
    var score: Float = -1
    init(_ text: String, kind: UInt8 = 1, score: Float = -1) {
      self.text = Array(text.utf8)
      self.kind = kind
      self.score = score
    }
  }

  var pieces = [
    Piece("[PAD]", kind: 3), Piece("[UNK]", kind: 2), Piece("[CLS]", kind: 3), Piece("[SEP]", kind: 3),
    Piece("[MASK]", kind: 3), Piece("\u{2581}"), Piece("a"), Piece("b"),
  ]
  var normalizers: [[UInt8]] = []
  var more: [UInt8] = []

  static func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
    var length = bytes.count
    var varint: [UInt8] = []
    while length >= 0x80 {
      varint.append(UInt8(length & 0x7F) | 0x80)
      length >>= 7
    }
    return [number << 3 | 2] + varint + [UInt8(length)] + bytes
  }

  static func word(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) }
  }

  var bytes: [UInt8] {
    pieces.flatMap { piece in
      Self.field(
        1, Self.field(1, piece.text) + [0x15] + Self.word(piece.score.bitPattern) + [0x18, piece.kind])
    } + normalizers.flatMap { Self.field(3, Self.field(2, $0)) } + more
  }

  /// A normalisation table of 256 × `blocks` units, all free but those given by their place.
  static func table(
    blocks: Int = 2, _ units: [Int: UInt32], replacements: [UInt8] = [0x78, 0]
  ) -> [UInt8] {
    var all = Array(repeating: value(0), count: 256 * blocks)  // no byte leads to a value
    for (place, unit) in units { all[place] = unit }
    return word(UInt32(all.count * 4)) + all.flatMap(word) + replacements
  }

  static func unit(offset: Int = 0, label: UInt8 = 0, hasValue: Bool = false) -> UInt32 {
    UInt32(offset) << 10 | UInt32(label) | (hasValue ? 1 << 8 : 0)
  }

  static func value(_ start: Int) -> UInt32 { 1 << 31 | UInt32(start) }

  /// The key `a`, replaced by what begins at `start`: its unit lies at 256 ^ 0x61, its value at 256 ^ 0x61 ^ 0x180.
  static func key(valueAt start: Int) -> [Int: UInt32] {
    [
      0: unit(offset: 0x100), 0x161: unit(offset: 0x180, label: 0x61, hasValue: true),
      0x161 ^ 0x180: value(start),
    ]
  }

  func load() throws -> SentencePieceTokenizer { try SentencePieceTokenizer(bytes: bytes, path: "x.model") }
}

struct HostileModelTests {
  private func refusal(_ model: ModelBuilder, _ comment: Comment? = nil) -> String? {
    let error = #expect(throws: TokenizerError.self, comment) { try model.load() }
    return error?.description
  }

  @Test("The model that the others are damaged versions of works, its normalisation included")
  func sound() throws {
    var model = ModelBuilder()
    #expect(try model.load().encode("ab") == [5, 6, 7])
    model.normalizers = [ModelBuilder.table(ModelBuilder.key(valueAt: 0), replacements: [0x62, 0])]
    #expect(try model.load().encode("ab") == [5, 7, 7])
  }

  @Test("A model cut off anywhere is refused")
  func truncated() {
    let bytes = TrainedModel.bytes
    for length in Array(0..<64) + Array(stride(from: 64, to: bytes.count, by: bytes.count / 40)) {
      #expect(throws: TokenizerError.self, "\(length) bytes") {
        try SentencePieceTokenizer(bytes: Array(bytes.prefix(length)), path: "x.model")
      }
    }
  }

  @Test("Random bytes, text and other files are refused")
  func noModel() {
    var generator = SystemRandomNumberGenerator()
    for size in 0..<200 {
      let bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &generator) }
      #expect(throws: TokenizerError.self, "\(bytes)") {
        try SentencePieceTokenizer(bytes: bytes, path: "x.model")
      }
    }
    #expect(throws: TokenizerError.self) {
      try SentencePieceTokenizer(bytes: Array("[PAD]\n[UNK]\n".utf8), path: "x.model")
    }
  }

  @Test("Damage inside is refused or harmless: what loads encodes within its vocabulary")
  func mutated() {
    var model = ModelBuilder()
    model.normalizers = [ModelBuilder.table(ModelBuilder.key(valueAt: 0), replacements: [0x62, 0])]
    let sound = model.bytes
    // The places where something stands; the free units of the table are all alike.
    let places = sound.indices.filter { $0 < 200 || sound[$0] != 0 && sound[$0] != 0x80 }
    for place in places {
      for value: UInt8 in [0, 1, 0x7F, 0x80, 0xFF, sound[place] ^ 0x10, sound[place] &+ 1] {
        var bytes = sound
        bytes[place] = value
        guard let tokenizer = try? SentencePieceTokenizer(bytes: bytes, path: "x.model") else { continue }
        for text in ["ab a\u{0} b [SEP]", "é文\u{FFFF}aaaaaaaaaaaa"] {
          let size = Int32(tokenizer.vocabularySize)
          #expect(tokenizer.encode(text).allSatisfy { $0 >= 0 && $0 < size }, "byte \(place) = \(value)")
        }
      }
    }
  }

  @Test(
    "A normalisation table that would lead outside of itself, round in circles or on without bound is refused"
  )
  func normalizationTables() throws {
    typealias B = ModelBuilder
    // `a`, `aa`, `aaa` … each a key: the library has room for 32 on one way.
    func nested(_ count: Int) -> [UInt8] {
      var units: [Int: UInt32] = [0: B.unit(offset: 0x100)]
      var base = 0x100
      for _ in 0..<count {
        let place = base ^ 0x61
        let next = base + 0x100
        units[place] = B.unit(offset: place ^ next, label: 0x61, hasValue: true)
        units[next] = B.value(0)
        base = next
      }
      return B.table(blocks: count + 2, units)
    }
    let tables: [(String, [UInt8])] = [
      ("empty trie", B.word(0) + [0]),
      ("size beyond the table", B.word(4096) + [0, 0]),
      ("no replacements", Array(B.table([:]).dropLast(2))),
      ("unterminated replacement", B.table(B.key(valueAt: 0), replacements: [0x78])),
      ("value beyond the replacements", B.table(B.key(valueAt: 2))),
      (
        "endless replacement",
        B.table(B.key(valueAt: 0), replacements: Array(repeating: 0x78, count: 257) + [0])
      ),
      ("root leads outside", B.table([0: B.unit(offset: 0x200)])),
      ("key leads outside", B.table([0: B.unit(offset: 0x100), 0x161: B.unit(offset: 0x300, label: 0x61)])),
      ("circle", B.table([0: B.unit(offset: 0x100), 0x161: B.unit(offset: 0x61, label: 0x61)])),
      ("33 nested keys", nested(33)),
    ]
    for (damage, table) in tables {
      let description = refusal(ModelBuilder(normalizers: [table]), "\(damage)")
      #expect(description == "x.model: the normalisation table is damaged", "\(damage)")
    }
    #expect(throws: Never.self) { try ModelBuilder(normalizers: [nested(32)]).load() }
    _ = try ModelBuilder(normalizers: [nested(32)]).load().encode(String(repeating: "a", count: 100))
  }

  @Test("A second table cannot hide behind a sound one, nor can sentences that are encoded while loading")
  func hidden() {
    let sound = ModelBuilder.table(ModelBuilder.key(valueAt: 0))
    #expect(refusal(ModelBuilder(normalizers: [sound, sound])) == "x.model: normalizer_spec given twice")
    #expect(
      refusal(ModelBuilder(more: ModelBuilder.field(4, [0x0A, 0x03, 0x0A, 0x01, 0x61])))
        == "x.model: carries self-test data")
  }

  @Test("Pieces that make no sense are refused")
  func pieces() {
    typealias Piece = ModelBuilder.Piece
    let wrong: [Piece] = [
      Piece(""), Piece("a"), Piece("c\u{0}"), Piece("c", kind: 9), Piece("c", kind: 2),
      Piece("<0x41>", kind: 6),
      Piece("c", score: .nan), Piece("c", score: .infinity), Piece(String(repeating: "c", count: 1025)),
    ]
    for piece in wrong {
      var model = ModelBuilder()
      model.pieces.append(piece)
      _ = refusal(model, "\(piece)")
    }
  }

  @Test("A model of others that lacks special tokens says which, by every usual name")
  func missingSpecialTokens() {
    var model = ModelBuilder()
    model.pieces = [
      .init("<unk>", kind: 2), .init("<s>", kind: 3), .init("</s>", kind: 3), .init("\u{2581}"), .init("a"),
    ]
    #expect(
      refusal(model)
        == "x.model: the vocabulary has no piece for padding ([PAD] or <pad>), the mask ([MASK] or <mask>)")
  }

  @Test("Special tokens under RoBERTa's names are found, wherever they stand")
  func otherNames() throws {
    var model = ModelBuilder()
    model.pieces = [
      .init("<unk>", kind: 2), .init("\u{2581}"), .init("a"), .init("<s>", kind: 3), .init("</s>", kind: 3),
      .init("<mask>", kind: 3), .init("<pad>", kind: 3),
    ]
    #expect(
      try model.load().special
        == SpecialTokens(padding: 6, unknown: 0, classification: 3, separator: 4, mask: 5))
  }

  @Test(
    "Special tokens listed among the ordinary pieces still cannot be written into a title", arguments: [1, 4])
  func ordinarySpecialTokens(_ kind: UInt8) throws {
    var model = ModelBuilder()
    model.pieces[3].kind = kind
    model.pieces[3].score = 0
    let tokens = try model.load().encode("a[SEP]b")
    #expect(!tokens.contains(3))
    #expect(tokens.contains(1))
  }
}
