/// FNV-1a, 64 bits: tells apart what differs by accident, and proves nothing against intent.
package struct Fingerprint {
  private var value: UInt64 = 0xCBF2_9CE4_8422_2325

  package init() {}

  private mutating func add(byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }

  /// The UTF-8 of the text and a zero byte, so that `ab`, `c` differs from `a`, `bc`.
  package mutating func add(_ text: String) {
    for byte in text.utf8 { add(byte: byte) }
    add(byte: 0)
  }

  /// The bytes and how many they are.
  package mutating func add(_ bytes: [UInt8]) {
    bytes.withUnsafeBufferPointer { for byte in $0 { add(byte: byte) } }
    add(bytes.count)
  }

  /// Eight bytes, least significant first.
  package mutating func add(_ number: Int) {
    for shift in stride(from: 0, to: 64, by: 8) { add(byte: UInt8(truncatingIfNeeded: number >> shift)) }
  }

  /// Half as long, for many in memory: one in four thousand million differences is missed.
  var short: UInt32 { UInt32(truncatingIfNeeded: value ^ (value >> 32)) }

  /// 16 hexadecimal digits.
  package var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
