import Storage
import SystemPackage

/// A checkpoint as a zip: `<name>/data.pkl` with the pickle, `<name>/data/<key>` with each storage's numbers.
final class ZippedNumbers: NumberStore {
  private let archive: ZipArchive
  private let members: [String: ZipArchive.Member]
  private let folder: String
  private let fileSize: Int
  /// What was read last: tensors that share a storage follow each other.
  private var last: (key: String, bytes: [UInt8])?

  /// A checkpoint of ten thousand tensors is a large one, and has a pickle of 2 MB.
  private static let maximumMembers = 200_000
  private static let maximumPickle = 1 << 26

  static func isZip(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.prefix(4).elementsEqual([0x50, 0x4B, 3, 4])
  }

  /// - Throws: `PickleError`, `ZipError`.
  static func open(_ file: MappedFile, _ containers: PickledContainers) throws -> (Pickle, any NumberStore) {
    let archive = try ZipArchive(file.path, maximumMembers: maximumMembers)
    let pickles = archive.members.filter { $0.name.hasSuffix("/data.pkl") || $0.name == "data.pkl" }
    guard let pickle = pickles.first, pickles.count == 1 else {
      throw PickleError("is a zip without the one data.pkl that torch.save writes")
    }
    let numbers = try ZippedNumbers(
      archive, folder: String(pickle.name.dropLast("data.pkl".count)), fileSize: file.count)
    if let order = numbers.members[numbers.folder + "byteorder"] {
      guard try archive.content(of: order, limit: 64) == Array("little".utf8) else {
        throw PickleError("was written by a machine of the other byte order")
      }
    }
    var machine = PickleMachine(try archive.content(of: pickle, limit: maximumPickle)[...], containers)
    return (try machine.run(), numbers)
  }

  private init(_ archive: ZipArchive, folder: String, fileSize: Int) throws {
    self.archive = archive
    self.folder = folder
    self.fileSize = fileSize
    var members: [String: ZipArchive.Member] = [:]
    for member in archive.members where members.updateValue(member, forKey: member.name) != nil {
      throw PickleError("lists the member \(quoted(member.name)) twice")
    }
    self.members = members
  }

  func withBytes<Value>(
    of storage: StoredNumbers, _ body: (UnsafeRawBufferPointer) throws -> Value
  ) throws -> Value {
    let (size, overflow) = storage.count.multipliedReportingOverflow(by: storage.type.size)
    if last?.key != storage.key || last?.bytes.count != size {
      guard let member = members["\(folder)data/\(storage.key)"], !overflow else {
        throw PickleError("its storage \(quoted(storage.key)) is not in the file")
      }
      // torch.save packs nothing, so that numbers take as much room in the file as in memory.
      guard size <= fileSize else {
        throw PickleError("its storage \(quoted(storage.key)) of \(size) bytes is larger than the file")
      }
      let bytes = try archive.content(of: member, limit: size)
      guard bytes.count == size else {
        throw PickleError("its storage has \(bytes.count) bytes, \(storage.count) numbers take \(size)")
      }
      last = (storage.key, bytes)
    }
    return try (last?.bytes ?? []).withUnsafeBytes(body)
  }
}
