/// A JSON header and the files that belong to it, in one run of bytes: what goes between supervisor and worker, and
/// what a spool holds.
///
///     bytes 0…3   "FWP1"
///     4…7         bytes of the header, little-endian like all numbers here
///     8…15        bytes of the body
///     16…23       checksum of both lengths, header and body
///     24…         header, then body
///
/// Whatever is read is untrusted: no length is believed beyond the limits, and nothing without its checksum.
package struct Parcel: Equatable, Sendable {
  static let prefixBytes = 24
  /// Of the longest video's timestamps this is far more than enough.
  static let headerLimit = 1 << 20
  /// Frames of one video.
  static let bodyLimit = 1 << 28

  var header: [UInt8]
  var body: [UInt8] = []

  var bytes: [UInt8] {
    var bytes = Array("FWP1".utf8)
    bytes.reserveCapacity(Self.prefixBytes + header.count + body.count)
    bytes.append(littleEndian: UInt64(header.count), count: 4)
    bytes.append(littleEndian: UInt64(body.count), count: 8)
    bytes.append(littleEndian: 0, count: 8)
    bytes.append(contentsOf: header)
    bytes.append(contentsOf: body)
    let checksum = Self.checksum(of: bytes.dropFirst(Self.prefixBytes), headerBytes: header.count)
    for place in 0..<8 { bytes[16 + place] = UInt8(truncatingIfNeeded: checksum >> (8 * place)) }
    return bytes
  }

  /// What the first bytes of a parcel say of the rest.
  struct Prefix: Equatable {
    var headerBytes: Int
    var bodyBytes: Int
    var checksum: UInt64

    /// Nil for what is no parcel, or larger than one may be.
    init?(_ bytes: ArraySlice<UInt8>) {
      guard bytes.count == Parcel.prefixBytes, bytes.starts(with: "FWP1".utf8) else { return nil }
      let rest = bytes.dropFirst(4)
      let (header, body) = (rest.prefix(4).littleEndian, rest.dropFirst(4).prefix(8).littleEndian)
      guard header <= UInt64(Parcel.headerLimit), body <= UInt64(Parcel.bodyLimit) else { return nil }
      (headerBytes, bodyBytes) = (Int(header), Int(body))
      checksum = rest.suffix(8).littleEndian
    }

    /// Bytes of the whole parcel.
    var total: Int { Parcel.prefixBytes + headerBytes + bodyBytes }
  }

  init(header: [UInt8], body: [UInt8] = []) {
    self.header = header
    self.body = body
  }

  /// - Parameter bytes: a whole parcel, nothing more.
  init?(_ bytes: ArraySlice<UInt8>) {
    guard let prefix = Prefix(bytes.prefix(Self.prefixBytes)), bytes.count == prefix.total else { return nil }
    let content = bytes.dropFirst(Self.prefixBytes)
    guard Self.checksum(of: content, headerBytes: prefix.headerBytes) == prefix.checksum else { return nil }
    header = Array(content.prefix(prefix.headerBytes))
    body = Array(content.suffix(prefix.bodyBytes))
  }

  /// FNV-1a with words of eight bytes for its bytes, little-endian, the last filled up with zeros; after each the upper
  /// half is mixed into the lower, which otherwise it would never reach. It comes to some gigabytes a second, where one byte
  /// at a time comes to one: each frame is summed up four times on its way into a shard.
  private static func checksum(of content: ArraySlice<UInt8>, headerBytes: Int) -> UInt64 {
    content.withUnsafeBytes { bytes in
      var value: UInt64 = 0xCBF2_9CE4_8422_2325
      func add(_ word: UInt64) {
        value = (value ^ word) &* 0x100_0000_01B3
        value ^= value >> 32
      }
      add(UInt64(headerBytes))
      add(UInt64(bytes.count))
      let whole = bytes.count & ~7
      for offset in stride(from: 0, to: whole, by: 8) {
        add(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
      }
      var last: UInt64 = 0
      for place in whole..<bytes.count { last |= UInt64(bytes[place]) << (8 * (place - whole)) }
      add(last)
      return value
    }
  }
}

extension [UInt8] {
  fileprivate mutating func append(littleEndian number: UInt64, count: Int) {
    for place in 0..<count { append(UInt8(truncatingIfNeeded: number >> (8 * place))) }
  }
}

extension ArraySlice<UInt8> {
  fileprivate var littleEndian: UInt64 { reversed().reduce(0) { $0 << 8 | UInt64($1) } }
}
