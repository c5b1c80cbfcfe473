/// The content of a SentencePiece model file, read and verified before libsentencepiece sees it.
///
/// The library trusts its models: it follows the normalisation table without bounds checks, and a damaged
/// file can crash it. What passes here is safe to load and to encode with.
/// Source: `sentencepiece_model.proto` of SentencePiece 0.1.97.
struct SentencePieceModelFile {
  enum Kind: UInt64 {
    case normal = 1
    case unknown = 2
    case control = 3
    case userDefined = 4
    case unused = 5
    case byte = 6
  }

  struct Piece: Equatable {
    var text: String
    /// Log probability.
    var score: Float
    var kind: Kind
  }

  /// In the order of their ids.
  private(set) var pieces: [Piece] = []
  /// What text is changed by before it is taken apart; empty where there is none.
  private(set) var normalizationTable: [UInt8] = []
  /// Whether pieces have probabilities rather than an order in which they are merged.
  private(set) var isUnigram = true
  /// What text is prepared by otherwise than usual, in the format's words.
  private(set) var unusual: [String] = []

  /// Of the piece that stands for a byte, such as `<0x0A>`.
  static func spelling(ofByte byte: UInt8) -> String {
    "<0x\(byte < 16 ? "0" : "")\(String(byte, radix: 16, uppercase: true))>"
  }

  /// More than any published vocabulary (the largest have 256,000 pieces), small enough to hold.
  static let largestVocabulary = 4_000_000
  /// UTF-8 bytes. Training makes at most 16 characters; the library takes apart merged pieces by recursion.
  private static let longestPiece = 1024

  init(_ bytes: [UInt8]) throws(MalformedMessage) {
    var model = ProtobufReader(bytes, in: bytes.indices)
    var seen: Set<Int> = []
    while let (field, value) = try model.next() {
      guard let name = Self.messages[field] else { continue }
      guard case .bytes(let range) = value else { throw MalformedMessage(reason: "no SentencePiece model") }
      // The format merges repeated settings; a verdict on each alone would say nothing of the whole.
      if field != Self.pieceField, !seen.insert(field).inserted {
        throw MalformedMessage(reason: "\(name) given twice")
      }
      switch field {
      case Self.pieceField:
        pieces.append(try Self.piece(bytes, range))
        if pieces.count > Self.largestVocabulary { throw MalformedMessage(reason: "too many pieces") }
      case 2:
        isUnigram = try Self.isUnigram(bytes, range)
        unusual += try Self.flags([24: ("treat_whitespace_as_suffix", false)], bytes, range)
      case 3:
        normalizationTable = try Self.checkedTable(bytes, range)
        unusual += try Self.flags(
          [
            3: ("add_dummy_prefix", true), 4: ("remove_extra_whitespaces", true),
            5: ("escape_whitespaces", true),
          ], bytes, range)
      case 5: _ = try Self.checkedTable(bytes, range)
      case 4:
        // Sentences that the library would encode while it loads, for its own tests.
        throw MalformedMessage(reason: "carries self-test data")
      default: break
      }
    }
    if pieces.isEmpty { throw MalformedMessage(reason: "no SentencePiece model: it has no pieces") }
  }

  private static let pieceField = 1
  private static let messages = [
    pieceField: "piece", 2: "trainer_spec", 3: "normalizer_spec", 4: "self_test_data", 5: "denormalizer_spec",
  ]

  private static func piece(_ bytes: [UInt8], _ range: Range<Int>) throws(MalformedMessage) -> Piece {
    var reader = ProtobufReader(bytes, in: range)
    var piece = Piece(text: "", score: 0, kind: .normal)
    while let (field, value) = try reader.next() {
      switch (field, value) {
      case (1, .bytes(let text)):
        guard let text = String(validating: bytes[text], as: UTF8.self), !text.utf8.contains(0) else {
          throw MalformedMessage(reason: "a piece is not UTF-8 text")
        }
        piece.text = text
      case (2, .fixed32(let bits)):
        piece.score = Float(bitPattern: bits)
        guard piece.score.isFinite else { throw MalformedMessage(reason: "a piece's score is not a number") }
      case (3, .varint(let number)):
        guard let kind = Kind(rawValue: number) else {
          throw MalformedMessage(reason: "a piece of unknown type")
        }
        piece.kind = kind
      case (1...3, _): throw MalformedMessage(reason: "a piece's field is of the wrong type")
      default: break
      }
    }
    if piece.text.utf8.count > longestPiece { throw MalformedMessage(reason: "a piece of absurd length") }
    if piece.text.isEmpty { throw MalformedMessage(reason: "an empty piece") }
    return piece
  }

  /// Of a normaliser's settings.
  private static func checkedTable(_ bytes: [UInt8], _ range: Range<Int>) throws(MalformedMessage) -> [UInt8]
  {
    var reader = ProtobufReader(bytes, in: range)
    var table: [UInt8] = []
    while let (field, value) = try reader.next() {
      guard field == 2 else { continue }
      guard case .bytes(let map) = value else {
        throw MalformedMessage(reason: "a normalisation table of the wrong type")
      }
      table = Array(bytes[map])
      if !table.isEmpty { try NormalizationTable.verify(table[...]) }
    }
    return table
  }

  /// Those of a message's flags that are not as usual.
  private static func flags(
    _ usual: [Int: (name: String, value: Bool)], _ bytes: [UInt8], _ range: Range<Int>
  ) throws(MalformedMessage) -> [String] {
    var reader = ProtobufReader(bytes, in: range)
    var found: [Int: Bool] = [:]
    while let (field, value) = try reader.next() {
      if case .varint(let number) = value { found[field] = number != 0 }
    }
    return usual.sorted { $0.key < $1.key }.compactMap { field, flag in
      found[field, default: flag.value] == flag.value ? nil : "\(flag.name) \(!flag.value)"
    }
  }

  /// Of the settings that the model was trained with.
  private static func isUnigram(_ bytes: [UInt8], _ range: Range<Int>) throws(MalformedMessage) -> Bool {
    var reader = ProtobufReader(bytes, in: range)
    var type: UInt64 = 1
    while let (field, value) = try reader.next() {
      if field == 3, case .varint(let number) = value { type = number }
    }
    return type == 1
  }
}
