import Storage
import Testing

/// Checkpoints by hand, byte by byte, as no library would write them.
enum Pickles {
  /// The old format around a pickle of content: magic number, version, the machine, the content, the keys of storages.
  static func legacy(_ content: [UInt8], keys: [UInt8] = [0x5D]) -> [UInt8] {
    let magic: [UInt8] = [
      0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
    ]
    return joined(
      magic, [0x80, 2, 0x4D, 0xE9, 3, 0x2E], [0x80, 2, 0x7D], text("little_endian"), [0x88, 0x73, 0x2E],
      [0x80, 2],
      content, [0x2E, 0x80, 2], keys, [0x2E])
  }

  /// The list of the one storage that `tensor` refers to.
  static var keys: [UInt8] { joined([0x5D], text("0"), [0x61]) }

  /// A dictionary with a member "a", which these instructions make.
  static func member(_ value: [UInt8]...) -> [UInt8] {
    joined([0x7D], text("a"), Array(value.joined()), [0x73])
  }

  static func joined(_ parts: [UInt8]...) -> [UInt8] { Array(parts.joined()) }

  static func text(_ text: String) -> [UInt8] { joined([0x8C, UInt8(text.utf8.count)], Array(text.utf8)) }

  static func global(_ module: String, _ name: String) -> [UInt8] { Array("c\(module)\n\(name)\n".utf8) }

  static func whole(_ number: Int) -> [UInt8] { joined([0x8A, 8], little(Int64(number))) }

  static func little(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }

  /// A tensor over a storage of `count` numbers.
  /// - Parameter metadata: instructions that make what newer versions put behind the hooks.
  static func tensor(
    count: Int = 4, offset: Int = 0, shape: [Int] = [4], strides: [Int] = [1],
    storage: String = "FloatStorage", key: String = "0", metadata: [UInt8] = []
  ) -> [UInt8] {
    func tuple(_ numbers: [Int]) -> [UInt8] { joined([0x28], numbers.flatMap { whole($0) }, [0x74]) }
    return joined(
      global("torch._utils", "_rebuild_tensor_v2"), [0x28, 0x28], text("storage"), global("torch", storage),
      text(key),
      text("cpu"), whole(count), [0x74, 0x51], whole(offset), tuple(shape), tuple(strides),
      [0x89, 0x7D], metadata, [0x74, 0x52])
  }

  struct ZipMember: Sendable {
    let name: String
    let content: [UInt8]
    /// The size that the zip gives it.
    let claim: Int

    init(_ name: String, _ content: [UInt8], claiming claim: Int? = nil) {
      self.name = name
      self.content = content
      self.claim = claim ?? content.count
    }
  }

  /// A zip of stored members.
  static func zip(_ members: [ZipMember]) -> [UInt8] {
    var (file, directory) = ([UInt8](), [UInt8]())
    for member in members {
      var checksum = Checksum()
      checksum.add(member.content)
      let crc = UInt32(checksum.text, radix: 16) ?? 0
      let name = Array(member.name.utf8)
      // Version, flags, method, time, date, CRC, both sizes, length of the name, none of what may follow it.
      let size = little(UInt32(member.claim))
      let head = joined(
        [20, 0, 0, 0, 0, 0, 0, 0, 33, 0], little(crc), size, size, little(UInt16(name.count)), [0, 0])
      directory += joined(
        [0x50, 0x4B, 1, 2, 20, 0], head, [UInt8](repeating: 0, count: 10), little(UInt32(file.count)), name)
      file += joined([0x50, 0x4B, 3, 4], head, name, member.content)
    }
    let count = little(UInt16(members.count))
    return joined(
      file, directory, [0x50, 0x4B, 5, 6, 0, 0, 0, 0], count, count, little(UInt32(directory.count)),
      little(UInt32(file.count)), [0, 0])
  }
}
