/// The open bitstream units (OBUs) of a packet of AV1, one after the other, by the specification's sections 5.3 and 5.9.2.
struct AV1Units {
  enum Kind: Equatable {
    case sequenceHeader
    /// A header, with its picture or before it.
    case frame(Frame)
    /// Temporal delimiters, tile groups, metadata, padding, and what is reserved.
    case other
  }

  struct Frame: Equatable {
    /// Nothing decoded before has an influence on it. An older frame that is shown again is none.
    var isKey: Bool
    var isShown: Bool
  }

  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0
  /// The rest of the packet is no row of units, or of several sizes of one picture, or has pictures without a header.
  private(set) var isStrange = false

  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// Nil at the end, and where the packet is strange from here on.
  mutating func next() -> Kind? {
    guard !isStrange, position < bytes.count else { return nil }
    guard let kind = unit() else {
      isStrange = true
      return nil
    }
    return kind
  }

  private mutating func unit() -> Kind? {
    // A bit that is 0, four of the type, whether there are an extension and a size, and one that is reserved.
    guard let header = byte(), header & 0x80 == 0 else { return nil }
    if header & 0x04 != 0 {
      guard let layers = byte(), layers >> 3 & 3 == 0 else { return nil }
    }
    var length = bytes.count - position
    if header & 0x02 != 0 {
      guard let size = variableLength() else { return nil }
      length = size
    }
    guard length <= bytes.count - position else { return nil }
    defer { position += length }
    let first = length > 0 ? bytes[position] : nil
    switch header >> 3 {
    case 1:
      // Three bits of the profile, whether it is a single picture, and whether pictures then have no header.
      guard let first, first & 0x08 == 0 else { return nil }
      return .sequenceHeader
    case 3, 6:
      guard let first else { return nil }
      // Whether an older frame is shown again, two bits of the type, of which 0 is a key frame, and whether it is shown.
      let isRepeat = first & 0x80 != 0
      return .frame(Frame(isKey: !isRepeat && first & 0x60 == 0, isShown: isRepeat || first & 0x10 != 0))
    case 8: return nil
    default: return .other
    }
  }

  private mutating func byte() -> UInt8? {
    guard position < bytes.count else { return nil }
    defer { position += 1 }
    return bytes[position]
  }

  /// Seven bits of a number in each byte, the lowest first; the eighth bit says that more follow.
  private mutating func variableLength() -> Int? {
    var value = 0
    for place in 0..<8 {
      guard let byte = byte() else { return nil }
      value |= Int(byte & 0x7F) << (7 * place)
      if byte & 0x80 == 0 { return value }
    }
    return nil
  }
}
