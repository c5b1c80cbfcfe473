import Storage

/// The records that TensorFlow's files are made of: each is the length of its bytes, the bytes, and a checksum behind
/// either.
///
///     length: 8 bytes, little-endian · checksum of these 8 · bytes · checksum of the bytes
///
/// A checksum is CRC-32C, turned right by 15 bits and shifted by a constant, so that checksums of what holds checksums
/// make sense (`tensorflow/core/lib/io/record_writer.cc`).
enum TFRecords {
  static func record(_ bytes: [UInt8]) -> [UInt8] {
    let length = littleEndian(UInt64(bytes.count))
    return length + littleEndian(masked(CRC32C.checksum(length))) + bytes
      + littleEndian(masked(CRC32C.checksum(bytes)))
  }

  /// The records of a file, up to the first that is damaged or cut off.
  static func records(in file: [UInt8]) -> [ArraySlice<UInt8>] {
    var records: [ArraySlice<UInt8>] = []
    var place = 0
    while file.count - place >= 16 {
      let length = file[place..<place + 8]
      let count: UInt64 = number(length)
      guard number(file[place + 8..<place + 12]) == masked(CRC32C.checksum(length)),
        count <= UInt64(file.count - place - 16)
      else { break }
      let bytes = file[place + 12..<place + 12 + Int(count)]
      guard number(file[bytes.endIndex..<bytes.endIndex + 4]) == masked(CRC32C.checksum(bytes)) else { break }
      records.append(bytes)
      place = bytes.endIndex + 4
    }
    return records
  }

  private static func masked(_ checksum: UInt32) -> UInt32 {
    ((checksum >> 15) | (checksum << 17)) &+ 0xA282_EAD8
  }

  private static func littleEndian(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }

  private static func number<Number: FixedWidthInteger>(_ bytes: ArraySlice<UInt8>) -> Number {
    bytes.reversed().reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
  }
}

/// The checksum of Castagnoli's polynomial, which zlib does not have: RFC 3720, appendix B.4.
enum CRC32C {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { rest, _ in rest & 1 == 1 ? rest >> 1 ^ 0x82F6_3B78 : rest >> 1 }
  }

  static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
  }
}
