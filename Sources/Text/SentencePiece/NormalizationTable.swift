/// The `precompiled_charsmap` of a SentencePiece model: a double-array trie from strings to their replacements.
///
/// Layout: u32 size of the trie in bytes, the trie's units (u32 each), then the replacements, each ended by a
/// NUL. All little-endian. A unit holds a label, an offset to its children and whether a value stands there.
/// Source: Aoe, "An Efficient Digital Search Algorithm by Using a Double-Array Structure" (1989), in the
/// layout of darts-clone.
enum NormalizationTable {
  /// libsentencepiece has room for so many keys that are prefixes of one another, and does not check it.
  private static let mostNestedKeys = 32
  /// Bytes; far above any Unicode decomposition, and low enough that text cannot grow without bound.
  private static let longestReplacement = 256
  private static let longestKey = 512

  /// Throws unless every walk that any text can take through the trie stays inside of it and ends.
  static func verify(_ table: ArraySlice<UInt8>) throws(MalformedMessage) {
    guard table.count > 4 else { throw damaged }
    let trieSize = Int(word(table, table.startIndex))
    guard trieSize > 0, trieSize % 4 == 0, trieSize < table.count - 4 else { throw damaged }
    let (units, replacements) = parts(of: table)
    guard replacements.last == 0, String(validating: replacements, as: UTF8.self) != nil else {
      throw damaged
    }
    var walk = Walk(units: units, replacements: Array(replacements))
    guard try walk.nestedKeys(from: 0, depth: 0) <= mostNestedKeys else { throw damaged }
  }

  /// - Precondition: the table is as long as it says.
  static func parts(of table: ArraySlice<UInt8>) -> (units: [Unit], replacements: ArraySlice<UInt8>) {
    let trie = table.dropFirst(4).prefix(Int(word(table, table.startIndex)))
    let units = stride(from: trie.startIndex, to: trie.endIndex, by: 4).map { Unit(bits: word(table, $0)) }
    return (units, table[trie.endIndex...])
  }

  private static func word(_ table: ArraySlice<UInt8>, _ position: Int) -> UInt32 {
    (0..<4).reduce(UInt32(0)) { $0 | UInt32(table[position + $1]) << UInt32(8 * $1) }
  }

  private static let damaged = MalformedMessage(reason: "the normalisation table is damaged")

  struct Unit {
    var bits: UInt32
    var hasValue: Bool { bits >> 8 & 1 == 1 }
    /// For a unit that is a value: where its replacement begins.
    var value: Int { Int(bits & 0x7FFF_FFFF) }
    /// The byte that leads to this unit; above 255 for values, which no byte leads to.
    var label: UInt32 { bits & (1 << 31 | 0xFF) }
    var offset: Int { Int((bits >> 10) << ((bits & 1 << 9) >> 6)) }
  }

  private struct Walk {
    private let units: [Unit]
    /// Units by the base of their parent (their place without their label): `first[base]`, then `next[unit]`.
    private var first: [Int32]
    private var next: [Int32]
    private var state: [State]
    private let replacements: [UInt8]
    /// Bytes from each place to the NUL that ends the replacement beginning there.
    private let replacementLength: [Int]

    private enum State {
      case unseen, open
      case done(nestedKeys: Int)
    }

    init(units: [Unit], replacements: [UInt8]) {
      self.units = units
      self.replacements = replacements
      first = Array(repeating: -1, count: units.count)
      next = Array(repeating: -1, count: units.count)
      state = Array(repeating: .unseen, count: units.count)
      for (place, unit) in units.enumerated() where unit.label <= 0xFF {
        let base = place ^ Int(unit.label)
        guard base < units.count else { continue }
        next[place] = first[base]
        first[base] = Int32(place)
      }
      var length = replacements.map { _ in 0 }
      for place in replacements.indices.dropLast().reversed() where replacements[place] != 0 {
        length[place] = length[place + 1] + 1
      }
      replacementLength = length
    }

    /// The largest number of keys on one way down from a unit.
    mutating func nestedKeys(from place: Int, depth: Int) throws(MalformedMessage) -> Int {
      switch state[place] {
      case .done(let nestedKeys): return nestedKeys
      case .open: throw damaged  // a circle
      case .unseen: break
      }
      state[place] = .open
      let unit = units[place]
      let base = place ^ unit.offset
      // Whatever byte comes next, the library looks at the unit that it would lead to.
      guard depth < longestKey, base | 0xFF < units.count else { throw damaged }
      if unit.hasValue {
        let start = units[base].value
        // None begins within a character.
        guard start < replacements.count, replacements[start] & 0xC0 != 0x80,
          replacementLength[start] <= longestReplacement
        else {
          throw damaged
        }
      }
      var deepest = 0
      var child = Int(first[base])
      while child >= 0 {
        deepest = max(deepest, try nestedKeys(from: child, depth: depth + 1))
        child = Int(next[child])
      }
      let nestedKeys = deepest + (unit.hasValue ? 1 : 0)
      state[place] = .done(nestedKeys: nestedKeys)
      return nestedKeys
    }
  }
}
