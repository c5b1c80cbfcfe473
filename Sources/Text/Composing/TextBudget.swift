/// How many tokens each part of the text may take when all are long; special tokens are not counted in.
///
/// A part with room 0 is left out.
package struct TextBudget: Codable, Sendable, Equatable {
  package var title: Int
  package var speech: Int
  package var onScreenText: Int

  /// 128 tokens with `[CLS]` and three `[SEP]`.
  package init(title: Int = 40, speech: Int = 40, onScreenText: Int = 44) {
    precondition(title >= 0 && speech >= 0 && onScreenText >= 0, "a part cannot have less than no room")
    self.title = title
    self.speech = speech
    self.onScreenText = onScreenText
  }

  enum CodingKeys: String, CodingKey {
    case title, speech
    case onScreenText = "on_screen_text"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func room(_ key: CodingKeys) throws -> Int {
      let room = try container.decode(Int.self, forKey: key)
      guard (0...Self.mostTokens).contains(room) else {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: container,
          debugDescription: "must be from 0 to \(Self.mostTokens) tokens, not \(room)")
      }
      return room
    }
    title = try room(.title)
    speech = try room(.speech)
    onScreenText = try room(.onScreenText)
  }

  /// No encoder here has more positions; it keeps the sums far from overflow.
  private static let mostTokens = 1 << 16

  var rooms: [Int] { [title, speech, onScreenText] }

  /// Tokens of the longest sequence, special tokens included; the encoder needs as many positions.
  package var sequenceLength: Int { max(2, 1 + rooms.reduce(0) { $0 + ($1 > 0 ? $1 + 1 : 0) }) }

  /// How many tokens of each part are kept, given how many each has.
  ///
  /// Every part keeps what fits its own room. What is left, separators of parts without text included, goes to
  /// the parts that are longer: the title first, then speech, then on-screen text.
  func share(among lengths: [Int]) -> [Int] {
    var kept = zip(lengths, rooms).map { length, room in min(length, room) }
    let separators = kept.count { $0 > 0 }
    var left = sequenceLength - 1 - separators - kept.reduce(0, +)
    for part in kept.indices where rooms[part] > 0 {
      let more = min(left, lengths[part] - kept[part])
      kept[part] += more
      left -= more
    }
    return kept
  }
}
