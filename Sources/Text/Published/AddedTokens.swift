/// Tokens that a text is searched for before it is cut, such as an address that was taken out: of those that begin at one place
/// the longest counts, and of all that overlap the first.
///
/// Special tokens are none of them: a text that spells one is text.
struct AddedTokens: Sendable {
  /// UTF-8 by its first byte, longest first.
  private var spellings: [UInt8: [(bytes: [UInt8], token: Int32)]] = [:]

  enum Part: Equatable {
    case text(String)
    case token(Int32)
  }

  init(_ tokens: some Sequence<(String, Int32)> = []) {
    for (text, token) in tokens {
      let bytes = Array(text.utf8)
      guard let first = bytes.first else { continue }
      spellings[first, default: []].append((bytes, token))
    }
    for first in spellings.keys { spellings[first]?.sort { $0.bytes.count > $1.bytes.count } }
  }

  /// What lies between such tokens, and they themselves; none of the parts is empty.
  func parts(of text: String) -> [Part] {
    if spellings.isEmpty { return text.isEmpty ? [] : [.text(text)] }
    let bytes = Array(text.utf8)
    var parts: [Part] = []
    var (start, place) = (0, 0)
    func endText() {
      if place > start { parts.append(.text(String(decoding: bytes[start..<place], as: UTF8.self))) }
    }
    while place < bytes.count {
      let found = spellings[bytes[place]]?.first { bytes[place...].starts(with: $0.bytes) }
      guard let found else {
        place += 1
        continue
      }
      endText()
      parts.append(.token(found.token))
      place += found.bytes.count
      start = place
    }
    endText()
    return parts
  }

  func spellings(of wanted: Set<Int32>) -> [Int32: [UInt8]] {
    Dictionary(
      spellings.values.joined().filter { wanted.contains($0.token) }.map { ($0.token, $0.bytes) }
    ) { first, _ in first }
  }
}
