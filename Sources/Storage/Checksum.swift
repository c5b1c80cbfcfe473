import CZlib

/// CRC-32, as gzip and PNG use it: notices every flipped bit and every burst of damage up to 32 bits, and of other
/// damage all but one in four thousand million. It proves nothing against intent.
package struct Checksum {
  private var value = crc32_z(0, nil, 0)
  /// Bytes so far.
  package private(set) var count = 0

  package init() {}

  package mutating func add(_ bytes: UnsafeRawBufferPointer) {
    guard let base = bytes.bindMemory(to: UInt8.self).baseAddress else { return }
    value = crc32_z(value, base, bytes.count)
    count += bytes.count
  }

  package mutating func add(_ bytes: [UInt8]) { bytes.withUnsafeBytes { add($0) } }

  /// Eight hexadecimal digits.
  package var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}
