import Glibc

/// The NAL units of a packet of H.264 or HEVC, one after the other; none of them is empty.
struct NALUnits {
  private let bytes: UnsafeBufferPointer<UInt8>
  private let lengthSize: Int?
  /// Of the next unit's length, or of where to look for its start code.
  private var position = 0

  /// - Parameter lengthSize: bytes of the length before each unit; nil where start codes separate them.
  init(_ bytes: UnsafeBufferPointer<UInt8>, lengthSize: Int?) {
    self.bytes = bytes
    self.lengthSize = lengthSize
  }

  /// Where start codes separate them, the unit goes on to the end of the packet: to look for its end would mean to read
  /// whole pictures. See `ended`.
  mutating func next() -> UnsafeBufferPointer<UInt8>? {
    while true {
      guard let unit = lengthSize.map({ counted($0) }) ?? separated() else { return nil }
      if !unit.isEmpty { return unit }
    }
  }

  /// The unit alone.
  func ended(_ unit: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
    guard lengthSize == nil, let end = Self.startCode(in: unit, from: 0) else { return unit }
    return UnsafeBufferPointer(rebasing: unit[..<end])
  }

  private mutating func counted(_ lengthSize: Int) -> UnsafeBufferPointer<UInt8>? {
    guard bytes.count - position >= lengthSize else { return nil }
    let length = bytes[position..<(position + lengthSize)].reduce(0) { $0 << 8 | Int($1) }
    let start = position + lengthSize
    guard bytes.count - start >= length else { return nil }
    position = start + length
    return UnsafeBufferPointer(rebasing: bytes[start..<position])
  }

  private mutating func separated() -> UnsafeBufferPointer<UInt8>? {
    guard let code = Self.startCode(in: bytes, from: position) else { return nil }
    position = code + 3
    return UnsafeBufferPointer(rebasing: bytes[position...])
  }

  /// Where the next 00 00 01 begins.
  static func startCode(in bytes: UnsafeBufferPointer<UInt8>, from position: Int) -> Int? {
    guard let base = bytes.baseAddress else { return nil }
    var one = position + 2
    while one < bytes.count {
      guard let found = memchr(base + one, 1, bytes.count - one) else { return nil }
      one = UnsafeRawPointer(found) - UnsafeRawPointer(base)
      if bytes[one - 1] == 0 && bytes[one - 2] == 0 { return one - 2 }
      one += 1
    }
    return nil
  }
}
