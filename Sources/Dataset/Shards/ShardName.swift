/// The names of shards and of the members in them.
///
/// WebDataset takes what precedes the first dot of a member's name as the key that the members of a sample
/// share. An id may hold dots, spaces and letters of any script, so it stands there percent-encoded: every
/// byte of its UTF-8 other than `A–Z a–z 0–9 _ -` becomes `%` and two hexadecimal digits.
///
///     "clip.1"  →  clip%2E1.json, clip%2E1.000.jpg, clip%2E1.001.jpg, …
package enum ShardName {
  /// `shard-000007`
  package static func stem(_ number: Int) -> String { "shard-\(padded(number, to: 6))" }

  /// `shard-000007.tar`
  package static func tar(_ number: Int) -> String { "\(stem(number)).tar" }

  /// The index beside a tar: `shard-000007.tar` → `shard-000007.index.json`.
  package static func index(of tar: String) -> String { "\(tar.dropLast(".tar".count)).index.json" }

  /// Whether `name` is one that `tar(_:)` makes, and so stays inside its folder.
  package static func isTar(_ name: String) -> Bool {
    guard name.hasPrefix("shard-"), name.hasSuffix(".tar") else { return false }
    let digits = name.utf8.dropFirst("shard-".utf8.count).dropLast(".tar".utf8.count)
    return digits.count >= 6 && digits.allSatisfy { (0x30...0x39).contains($0) }
  }

  /// The number of the shard that a tar or an index of this name belongs to; nil for other names.
  package static func number(of name: String) -> Int? {
    let suffix = [".tar", ".index.json"].first(where: name.hasSuffix) ?? ""
    let number = Int(name.dropLast(suffix.count).dropFirst("shard-".count))
    return number.flatMap { name == tar($0) || name == index(of: tar($0)) ? $0 : nil }
  }

  static func sampleMember(_ id: String) -> String { "\(key(for: id)).json" }

  static func frameMember(_ id: String, frame: Int) -> String {
    "\(key(for: id)).\(padded(frame, to: 3)).jpg"
  }

  enum Member: Equatable {
    case sample
    case frame(Int)
  }

  /// The key and the part that a member's name says; nil when no shard has such a member.
  static func parse(_ name: String) -> (key: String, member: Member)? {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard let first = parts.first, !first.isEmpty else { return nil }
    if parts.count == 2, parts[1] == "json" { return (String(first), .sample) }
    guard parts.count == 3, parts[2] == "jpg", let number = Int(parts[1]), padded(number, to: 3) == parts[1]
    else {
      return nil
    }
    return (String(first), .frame(number))
  }

  static func key(for id: String) -> String {
    var key: [UInt8] = []
    for byte in id.utf8 {
      if isPlain(byte) {
        key.append(byte)
      } else {
        key.append(UInt8(ascii: "%"))
        key.append(hexadecimal[Int(byte >> 4)])
        key.append(hexadecimal[Int(byte & 15)])
      }
    }
    return String(decoding: key, as: UTF8.self)
  }

  /// The id that has this key; nil when no id has.
  static func id(forKey key: some StringProtocol) -> String? {
    var bytes: [UInt8] = []
    var rest = Array(key.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%") {
        guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
          return nil
        }
        bytes.append(high << 4 | low)
      } else {
        bytes.append(byte)
      }
    }
    guard let id = String(validating: bytes, as: UTF8.self), self.key(for: id) == key else { return nil }
    return id
  }

  private static let hexadecimal = Array("0123456789ABCDEF".utf8)

  private static func digit(_ byte: UInt8) -> UInt8? { hexadecimal.firstIndex(of: byte).map(UInt8.init) }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }

  private static func padded(_ number: Int, to width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
