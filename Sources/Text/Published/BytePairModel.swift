import Storage
import SystemPackage

/// Byte-level byte pair encoding (Radford et al., "Language Models are Unsupervised Multitask Learners", 2019): a word is
/// its bytes, and of the pairs side by side that of the lowest rank is merged until none is left.
///
/// Published files spell a byte as a printable character (`Ġ` is a space); here tokens are their bytes.
struct BytePairModel: Sendable {
  private struct Pair: Hashable {
    let left: Int32
    let right: Int32
  }

  private struct Merge {
    let rank: Int32
    let token: Int32
  }

  private let merges: [Pair: Merge]
  /// The token of each byte.
  private let bytes: [Int32]
  /// Words that are taken whole, whatever the merges would make of them; nil where none are.
  private let words: [[UInt8]: Int32]?

  /// - Parameter tokens: by their published spelling, UTF-8.
  /// - Parameter merges: two spellings with a space between them.
  /// - Parameter ignoringMerges: whether a word that is a token is that token.
  /// - Parameter withoutText: tokens that no text becomes.
  init(
    _ tokens: [[UInt8]: Int32], merges: [String], ignoringMerges: Bool = false, withoutText: Set<Int32> = [],
    _ path: FilePath
  ) throws(TokenizerError) {
    bytes = try ByteSpelling.characters.enumerated().map { byte, character throws(TokenizerError) in
      guard let token = tokens[Array(String(character).utf8)] else {
        throw .malformed(path, "the vocabulary has no token for the byte \(byte)")
      }
      return token
    }
    var found: [Pair: Merge] = [:]
    for (rank, merge) in merges.enumerated() {
      let parts = merge.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
      guard parts.count == 2, let left = tokens[Array(parts[0])], let right = tokens[Array(parts[1])],
        let whole = tokens[Array(parts[0]) + Array(parts[1])]
      else {
        throw .malformed(
          path, "merge \(rank + 1), \(quoted(String(merge.prefix(60)))), is none of tokens to a token")
      }
      // Of a pair that stands twice the last counts, as in `tokenizers`.
      found[Pair(left: left, right: right)] = Merge(rank: Int32(rank), token: whole)
    }
    self.merges = found
    words =
      ignoringMerges
      ? Dictionary(
        tokens.filter { !withoutText.contains($0.value) }.compactMap { spelling, token in
          ByteSpelling.bytes(of: spelling).map { ($0, token) }
        }
      ) { $1 }
      : nil
  }

  func encode(_ word: [UInt8]) -> [Int32] {
    if let token = words?[word] { return [token] }
    var chain = MergedTokens(word.map { bytes[Int($0)] })
    var heap = MinimumHeap<Candidate>()
    func offer(_ place: Int) {
      guard let (left, right) = chain.pair(at: place), let merge = merges[Pair(left: left, right: right)]
      else { return }
      heap.insert(
        Candidate(rank: merge.rank, place: place, pair: Pair(left: left, right: right), token: merge.token))
    }
    for place in word.indices { offer(place) }
    while let best = heap.removeFirst() {
      // What one of the two was merged into since is another pair.
      guard let (left, right) = chain.pair(at: best.place), Pair(left: left, right: right) == best.pair else {
        continue
      }
      let before = chain.merge(at: best.place, into: best.token)
      if let before { offer(before) }
      offer(best.place)
    }
    return chain.tokens
  }

  /// The bytes that some tokens stand for.
  func spellings(of tokens: Set<Int32>) -> [Int32: [UInt8]] {
    let single = Dictionary(bytes.enumerated().map { ($1, UInt8($0)) }) { $1 }
    let pairs = Dictionary(merges.map { ($1.token, $0) }) { first, _ in first }
    let whole = Dictionary((words ?? [:]).map { ($1, $0) }) { first, _ in first }
    var spellings: [Int32: [UInt8]] = [:]
    for token in tokens {
      var spelling: [UInt8] = []
      var rest = [token]
      for _ in 0..<2 * Self.longestPiece {
        guard let part = rest.popLast() else { break }
        if let byte = single[part] {
          spelling.append(byte)
        } else if let pair = pairs[part] {
          rest += [pair.right, pair.left]
        } else {
          spelling += whole[part] ?? []
        }
      }
      if !spelling.isEmpty { spellings[token] = spelling }
    }
    return spellings
  }

  /// Bytes; no text has a longer token, and a file's merges may go in circles.
  private static let longestPiece = 1024

  /// A pair that may be merged; of the same rank, the one further left comes first.
  private struct Candidate: Comparable {
    let rank: Int32
    let place: Int
    let pair: Pair
    let token: Int32

    static func < (one: Candidate, other: Candidate) -> Bool {
      (one.rank, one.place) < (other.rank, other.place)
    }
  }
}

/// The tokens of a word, of which two side by side become one without the others being moved.
private struct MergedTokens {
  private var values: [Int32]
  /// The place of the token before and behind each; -1 and the count at the ends.
  private var before: [Int]
  private var behind: [Int]

  /// What has become part of the token before it.
  private static let gone: Int32 = -1

  init(_ tokens: [Int32]) {
    values = tokens
    before = tokens.indices.map { $0 - 1 }
    behind = tokens.indices.map { $0 + 1 }
  }

  var tokens: [Int32] { values.filter { $0 != Self.gone } }

  /// The token at a place and the one behind it.
  func pair(at place: Int) -> (Int32, Int32)? {
    guard values[place] != Self.gone, behind[place] < values.count else { return nil }
    return (values[place], values[behind[place]])
  }

  /// - Returns: the place of the token before.
  mutating func merge(at place: Int, into token: Int32) -> Int? {
    let second = behind[place]
    values[place] = token
    values[second] = Self.gone
    behind[place] = behind[second]
    if behind[place] < values.count { before[behind[place]] = place }
    return before[place] >= 0 ? before[place] : nil
  }
}

/// A binary heap, whose first element is the least.
private struct MinimumHeap<Element: Comparable> {
  private var elements: [Element] = []

  mutating func insert(_ element: Element) {
    elements.append(element)
    var place = elements.count - 1
    while place > 0, elements[place] < elements[(place - 1) / 2] {
      elements.swapAt(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  mutating func removeFirst() -> Element? {
    guard let last = elements.popLast() else { return nil }
    guard let first = elements.first else { return last }
    elements[0] = last
    var place = 0
    while true {
      let children = [2 * place + 1, 2 * place + 2].filter { $0 < elements.count }
      guard let child = children.min(by: { elements[$0] < elements[$1] }), elements[child] < elements[place]
      else {
        return first
      }
      elements.swapAt(place, child)
      place = child
    }
  }
}

/// GPT-2's spelling of bytes: printable ones of Latin-1 are themselves, the others the characters from U+0100 on.
enum ByteSpelling {
  /// By byte.
  static let characters: [Unicode.Scalar] = {
    var others: UInt32 = 0x100
    return (0..<256).map { byte in
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return Unicode.Scalar(UInt8(byte))
      default:
        defer { others += 1 }
        return Unicode.Scalar(others) ?? " "
      }
    }
  }()

  private static let numbers = Dictionary(
    uniqueKeysWithValues: characters.enumerated().map { ($1, UInt8($0)) })

  /// - Returns: nil where a character stands for no byte.
  static func bytes(of spelling: [UInt8]) -> [UInt8]? {
    let scalars = String(decoding: spelling, as: UTF8.self).unicodeScalars
    let bytes = scalars.compactMap { numbers[$0] }
    return bytes.count == scalars.count ? bytes : nil
  }
}
