import Storage

/// A checkpoint of PyTorch before 1.6: five pickles (a magic number, the version, the machine, the content, the keys of the
/// storages), then each storage's count of numbers and the numbers, in the order of the keys.
final class LegacyNumbers: NumberStore {
  private let file: MappedFile
  private let places: [String: Range<Int>]

  /// 0x1950a86a20f9469cfc6c, as a pickle of version 2.
  private static let magic: [UInt8] = [
    0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
  ]
  /// Of all pickles together, which are at the start.
  private static let maximumPickle = 1 << 26

  static func isOne(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.prefix(magic.count).elementsEqual(magic)
  }

  /// - Throws: `PickleError`.
  static func open(_ file: MappedFile, _ containers: PickledContainers) throws -> (Pickle, any NumberStore) {
    let bytes = file.withBytes { Array($0.prefix(maximumPickle)) }
    var position = magic.count
    func next() throws(PickleError) -> Pickle {
      var machine = PickleMachine(bytes[position...], containers)
      defer { position = machine.position }
      return try machine.run()
    }
    guard case .whole(1001) = try next() else { throw PickleError("has an old format of an unknown version") }
    guard case .dictionary(let machine) = try next() else { throw PickleError("does not say what wrote it") }
    let isLittle = machine.entries.contains { entry in
      if case .text("little_endian") = entry.key, case .flag(true) = entry.value { true } else { false }
    }
    guard isLittle else { throw PickleError("was written by a machine of the other byte order") }
    let content = try next()
    guard case .list(let keys) = try next() else { throw PickleError("does not list its storages") }
    let names = try keys.elements.map { key throws(PickleError) in
      guard case .text(let name) = key else { throw PickleError("lists a storage without a name") }
      return name
    }
    return (content, try LegacyNumbers(file, names, types: StorageTypes(content).types, from: position))
  }

  private init(_ file: MappedFile, _ keys: [String], types: [String: DataType], from start: Int) throws {
    self.file = file
    var places: [String: Range<Int>] = [:]
    var position = start
    for key in keys {
      // A storage that no tensor uses would leave open how long it is.
      guard let type = types[key], file.count - position >= 8 else {
        throw PickleError("is cut short, or lists the storage \(quoted(key)), which no tensor needs")
      }
      let count = file.withBytes {
        UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: UInt64.self))
      }
      position += 8
      guard count <= UInt64(file.count - position) / UInt64(type.size) else {
        throw PickleError("claims \(count) numbers in the storage \(quoted(key)), where the file ends")
      }
      let end = position + Int(count) * type.size
      guard places.updateValue(position..<end, forKey: key) == nil else {
        throw PickleError("lists the storage \(quoted(key)) twice")
      }
      position = end
    }
    self.places = places
  }

  /// Numbers lie in the file as they are read.
  func prepare(for storages: [StoredNumbers]) {}

  func withBytes<Value>(
    of storage: StoredNumbers, _ body: (UnsafeRawBufferPointer) throws -> Value
  ) throws -> Value {
    guard let place = places[storage.key], place.count == storage.count * storage.type.size else {
      throw PickleError("its storage \(quoted(storage.key)) is not in the file, or of another size")
    }
    return try file.withBytes { try body(UnsafeRawBufferPointer(rebasing: $0[place])) }
  }
}

/// The type of each storage that a checkpoint refers to.
private struct StorageTypes {
  private(set) var types: [String: DataType] = [:]
  /// What is stored in several places is looked into once.
  private var seen: Set<ObjectIdentifier> = []

  private static let deepest = 64

  init(_ root: Pickle) throws(PickleError) { try visit(root, depth: 0) }

  private mutating func visit(_ value: Pickle, depth: Int) throws(PickleError) {
    guard depth < Self.deepest else { throw PickleError("holds containers in containers without an end") }
    switch value {
    case .tensor(let tensor): types[tensor.storage.key] = tensor.storage.type
    case .storage(let storage): types[storage.key] = storage.type
    case .tuple(let list), .list(let list):
      guard seen.insert(ObjectIdentifier(list)).inserted else { return }
      for element in list.elements { try visit(element, depth: depth + 1) }
    case .dictionary(let dictionary):
      guard seen.insert(ObjectIdentifier(dictionary)).inserted else { return }
      for entry in dictionary.entries { try visit(entry.value, depth: depth + 1) }
    default: break
    }
  }
}
