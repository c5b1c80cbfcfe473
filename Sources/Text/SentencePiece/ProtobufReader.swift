/// Bytes that are not a protocol-buffer message, or not the one that was expected.
struct MalformedMessage: Error {
  var reason: String
}

/// Walks the fields of one protocol-buffer message.
///
/// Stricter than the format: groups (never used by what we read) are refused, so that nothing can hide in them.
/// Source: https://protobuf.dev/programming-guides/encoding/
struct ProtobufReader {
  enum Value {
    case varint(UInt64)
    case fixed64
    case fixed32(UInt32)
    /// Where the bytes of a string or an inner message lie.
    case bytes(Range<Int>)
  }

  private let buffer: [UInt8]
  private var position: Int
  private let end: Int

  init(_ buffer: [UInt8], in range: Range<Int>) {
    self.buffer = buffer
    position = range.lowerBound
    end = range.upperBound
  }

  /// The next field's number and value, or nothing at the end of the message.
  mutating func next() throws(MalformedMessage) -> (field: Int, value: Value)? {
    guard position < end else { return nil }
    let tag = try varint()
    guard let tag = UInt32(exactly: tag), tag >> 3 > 0 else {
      throw MalformedMessage(reason: "bad field number")
    }
    let field = Int(tag >> 3)
    switch tag & 7 {
    case 0: return (field, .varint(try varint()))
    case 1:
      _ = try take(8)
      return (field, .fixed64)
    case 2:
      let length = try varint()
      guard let length = Int(exactly: length) else { throw Self.truncated }
      return (field, .bytes(try take(length)))
    case 5:
      let word = try take(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32(buffer[$1]) }
      return (field, .fixed32(word))
    default: throw MalformedMessage(reason: "bad wire type")
    }
  }

  private mutating func take(_ length: Int) throws(MalformedMessage) -> Range<Int> {
    guard length <= end - position else { throw Self.truncated }
    defer { position += length }
    return position..<position + length
  }

  private mutating func varint() throws(MalformedMessage) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: 0, to: 64, by: 7) {
      guard position < end else { throw Self.truncated }
      let byte = buffer[position]
      position += 1
      value |= UInt64(byte & 0x7F) << UInt64(shift)
      if byte < 0x80 { return value }
    }
    throw MalformedMessage(reason: "overlong number")
  }

  private static let truncated = MalformedMessage(reason: "truncated")
}
