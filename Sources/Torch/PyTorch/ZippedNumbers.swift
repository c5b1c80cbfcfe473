import Storage
import SystemPackage

/// A checkpoint as a zip: `<name>/data.pkl` with the pickle, `<name>/data/<key>` with each storage's numbers.
final class ZippedNumbers: NumberStore {
  private let archive: ZipArchive
  private let members: [String: ZipArchive.Member]
  private let folder: String
  private let fileSize: Int
  /// Storages that several tensors lie in, until each of them was read: others may be read in between, and each storage is
  /// unpacked once.
  private var shared: [String: [UInt8]] = [:]
  /// Tensors of each storage that were not read yet.
  private var pending: [String: Int] = [:]

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

  /// `torch.save` packs nothing, so that numbers take as much room in the file as in memory.
  func prepare(for storages: [StoredNumbers]) throws(PickleError) {
    var rest = fileSize
    var sizes: [String: Int] = [:]
    for storage in storages {
      let (size, overflow) = storage.count.multipliedReportingOverflow(by: storage.type.size)
      pending[storage.key, default: 0] += 1
      let known = sizes.updateValue(size, forKey: storage.key)
      guard known == nil || known == size else {
        throw PickleError("its storage \(quoted(storage.key)) has two sizes")
      }
      guard !overflow, known != nil || size <= rest else {
        throw PickleError(
          "its storage \(quoted(storage.key)) of \(storage.count) numbers is larger than the file, or what others leave of it"
        )
      }
      if known == nil { rest -= size }
    }
  }

  func withBytes<Value>(
    of storage: StoredNumbers, _ body: (UnsafeRawBufferPointer) throws -> Value
  ) throws -> Value {
    let size = storage.count * storage.type.size  // `prepare` has held it to the file's
    var bytes = shared[storage.key] ?? []
    if bytes.count != size {
      guard let member = members["\(folder)data/\(storage.key)"] else {
        throw PickleError("its storage \(quoted(storage.key)) is not in the file")
      }
      bytes = try archive.content(of: member, limit: size)
      guard bytes.count == size else {
        throw PickleError("its storage has \(bytes.count) bytes, \(storage.count) numbers take \(size)")
      }
    }
    let rest = (pending[storage.key] ?? 1) - 1
    pending[storage.key] = rest
    shared[storage.key] = rest > 0 ? bytes : nil
    return try bytes.withUnsafeBytes(body)
  }
}
