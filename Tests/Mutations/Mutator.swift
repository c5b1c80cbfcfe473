import Storage

/// Makes damaged files out of good ones, the same for the same seed.
package struct Mutator {
  private var chance: SeededGenerator

  package init(seed: UInt64) { chance = SeededGenerator(seed: seed) }

  package enum Kind: CaseIterable, Sendable {
    /// Single bits, anywhere or near the start, where headers are.
    case flips
    case truncation
    /// The beginning of one file and the end of another.
    case splice
    /// Numbers that are often limits, where a header may have a length or a count.
    case extremes
    /// A stretch of noise, zeros or ones.
    case block
    /// A stretch that is there twice, or not at all.
    case repetition
  }

  /// - Parameter files: none of them empty.
  /// - Returns: one of them, damaged once or twice.
  package mutating func next(_ files: [[UInt8]]) -> [UInt8] {
    var bytes = pick(files)
    for _ in 0...chance.int(below: 2) where !bytes.isEmpty { damage(&bytes, pick(Kind.allCases), files) }
    return bytes
  }

  private mutating func damage(_ bytes: inout [UInt8], _ kind: Kind, _ files: [[UInt8]]) {
    switch kind {
    case .flips:
      for _ in 0..<(1 << chance.int(below: 7)) { bytes[position(bytes)] ^= 1 << UInt8(chance.int(below: 8)) }
    case .truncation:
      bytes.removeLast(bytes.count - position(bytes))
    case .splice:
      let other = pick(files)
      bytes = Array(bytes[..<position(bytes)]) + other[position(other)...]
    case .extremes:
      let values: [UInt32] = [0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF]
      for _ in 0...chance.int(below: 4) {
        let (start, value, isLittle) = (position(bytes), pick(values), chance.int(below: 2) == 0)
        for place in 0..<4 where start + place < bytes.count {
          bytes[start + place] = UInt8(
            truncatingIfNeeded: value >> UInt32(8 * (isLittle ? place : 3 - place)))
        }
      }
    case .block:
      let (range, style) = (stretch(bytes), chance.int(below: 3))
      for place in range {
        bytes[place] = style == 0 ? 0 : style == 1 ? 0xFF : UInt8(chance.int(below: 256))
      }
    case .repetition:
      let range = stretch(bytes)
      if chance.int(below: 2) == 0 {
        bytes.removeSubrange(range)
      } else {
        bytes.insert(contentsOf: bytes[range], at: range.upperBound)
      }
    }
  }

  /// One time in four among the first 600 bytes.
  private mutating func position(_ bytes: [UInt8]) -> Int {
    chance.int(below: chance.int(below: 4) > 0 ? bytes.count : min(600, bytes.count))
  }

  private mutating func stretch(_ bytes: [UInt8]) -> Range<Int> {
    let start = position(bytes)
    return start..<min(bytes.count, start + 1 + chance.int(below: 400))
  }

  private mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[chance.int(below: elements.count)]
  }
}
