/// Takes text apart into the pieces whose probabilities have the largest product (Kudo, "Subword Regularization", 2018), as
/// `tokenizers` does: in float64, of equals the longer piece, and what no piece covers as one unknown token a run, or as a token
/// for each of its bytes.
struct UnigramModel: Sendable {
  private let pieces: SortedPieces
  /// Log probabilities by token.
  private let scores: [Double]
  private let unknown: Int32
  private let unknownScore: Double
  /// The token of each byte; empty where unknown text is one token.
  private let byteTokens: [Int32]

  /// What an unknown character costs more than the least likely piece.
  private static let penalty = 10.0

  /// - Parameter pieces: UTF-8 and log probability, by token.
  /// - Parameter withoutText: tokens that no text becomes.
  /// - Parameter byteTokens: of the 256 bytes, where what no piece covers is spelled in them; else none.
  init(
    _ pieces: [([UInt8], Double)], unknown: Int32, withoutText: Set<Int32>, byteTokens: [Int32] = []
  ) {
    self.byteTokens = byteTokens
    scores = pieces.map(\.1)
    self.unknown = unknown
    unknownScore = (scores.min() ?? 0) - Self.penalty
    self.pieces = SortedPieces(
      pieces.enumerated().lazy.map { (Int32($0), $1.0) }.filter {
        !withoutText.contains($0.0) && !$0.1.isEmpty
      })
  }

  /// The best way to a place in the text.
  private struct Way {
    var score = 0.0
    /// Where its last piece begins; -1 where no piece ends here.
    var start: Int32 = -1
    var token: Int32 = 0
  }

  /// - Parameter text: UTF-8.
  func encode(_ text: [UInt8]) -> [Int32] {
    var ways = [Way](repeating: Way(), count: text.count + 1)
    var start = 0
    while start < text.count {
      let before = ways[start].score
      var end = start + 1
      while end < text.count, text[end] & 0xC0 == 0x80 { end += 1 }
      var hasCharacter = false
      func offer(_ token: Int32, _ score: Double, to place: Int) {
        guard ways[place].start < 0 || score > ways[place].score else { return }
        ways[place] = Way(score: score, start: Int32(start), token: token)
      }
      pieces.forEachPrefix(of: text[start...]) { token, place in
        offer(token, before + scores[Int(token)], to: place)
        if place == end { hasCharacter = true }
      }
      if !hasCharacter { offer(unknown, before + unknownScore, to: end) }
      start = end
    }
    var tokens: [Int32] = []
    var place = text.count
    while place > 0 {
      let way = ways[place]
      if way.token == unknown, !byteTokens.isEmpty {
        tokens += text[Int(way.start)..<place].reversed().map { byteTokens[Int($0)] }
      } else if way.token != unknown || tokens.last != unknown {
        // Unknown characters side by side are one token.
        tokens.append(way.token)
      }
      place = Int(way.start)
    }
    return tokens.reversed()
  }

  /// What some tokens are spelled as, but for those of bytes.
  func spellings(of tokens: Set<Int32>) -> [Int32: String] {
    pieces.spellings(of: tokens).mapValues { String(decoding: $0, as: UTF8.self) }
  }

  /// Which byte each of some tokens is, of those that are one.
  func bytes(of tokens: Set<Int32>) -> [Int32: UInt8] {
    var bytes: [Int32: UInt8] = [:]
    for (byte, token) in byteTokens.enumerated() where tokens.contains(token) { bytes[token] = UInt8(byte) }
    return bytes
  }
}

/// Byte strings in their order, of which all that a text begins with are found in one walk: a trie without nodes.
struct SortedPieces: Sendable {
  private var bytes: [UInt8] = []
  private var ends: [Int32] = []
  private var tokens: [Int32] = []

  /// Of pieces that are spelled alike, the last counts.
  init(_ pieces: some Sequence<(token: Int32, bytes: [UInt8])>) {
    let sorted = pieces.sorted {
      $0.bytes == $1.bytes ? $0.token < $1.token : $0.bytes.lexicographicallyPrecedes($1.bytes)
    }
    for (index, piece) in sorted.enumerated() {
      if index + 1 < sorted.count, sorted[index + 1].bytes == piece.bytes { continue }
      bytes += piece.bytes
      ends.append(Int32(bytes.count))
      tokens.append(piece.token)
    }
  }

  private func piece(_ index: Int) -> Range<Int> {
    (index == 0 ? 0 : Int(ends[index - 1]))..<Int(ends[index])
  }

  /// In one walk over all of them: no table is kept for what is asked now and then.
  func spellings(of wanted: Set<Int32>) -> [Int32: ArraySlice<UInt8>] {
    var spellings: [Int32: ArraySlice<UInt8>] = [:]
    for (index, token) in tokens.enumerated() where wanted.contains(token) {
      spellings[token] = bytes[piece(index)]
    }
    return spellings
  }

  /// From the shortest to the longest.
  /// - Parameter body: takes the token and where in the text it ends.
  func forEachPrefix(of text: ArraySlice<UInt8>, _ body: (Int32, Int) -> Void) {
    var range = 0..<tokens.count
    for (depth, byte) in text.enumerated() {
      range = narrowed(range, depth, byte)
      guard let first = range.first else { return }
      // The shortest of those that begin alike is the first.
      if piece(first).count == depth + 1 { body(tokens[first], text.startIndex + depth + 1) }
    }
  }

  /// Those of `range`, alike in `depth` bytes, whose next byte is `byte`.
  private func narrowed(_ range: Range<Int>, _ depth: Int, _ byte: UInt8) -> Range<Int> {
    /// -1 where a piece ends before.
    func next(_ index: Int) -> Int {
      let piece = piece(index)
      return piece.count > depth ? Int(bytes[piece.lowerBound + depth]) : -1
    }
    func firstIndex(in range: Range<Int>, _ isBehind: (Int) -> Bool) -> Int {
      var (low, high) = (range.lowerBound, range.upperBound)
      while low < high {
        let middle = (low + high) / 2
        if isBehind(next(middle)) { high = middle } else { low = middle + 1 }
      }
      return low
    }
    let start = firstIndex(in: range) { $0 >= Int(byte) }
    return start..<firstIndex(in: start..<range.upperBound) { $0 > Int(byte) }
  }
}
