import CZip
import Synchronization
package import SystemPackage

/// A zip file, read through libzip; nothing of it is ever written to the disk.
///
/// Zips are untrusted: what a member claims to unpack to is compared with a limit before anything is
/// allocated, and its checksum with what it did unpack to. Members are stored or deflated, as everybody writes them; the
/// other ways, which libzip hands to libraries of their own, are not needed here.
package final class ZipArchive: Sendable {
  package struct Member: Sendable {
    package let index: UInt64
    /// With the folders inside the zip, if any.
    package let name: String
  }

  /// What the zip lists, folders left out.
  package let members: [Member]
  package let path: FilePath
  /// libzip's handles belong to one thread at a time.
  private let handle: Mutex<Handle>

  /// - Throws: `ZipError` when the file is no zip, or lists more than `maximumMembers`.
  package init(_ path: FilePath, maximumMembers: Int) throws(ZipError) {
    self.path = path
    let handle = try Handle(path)
    let count = max(0, zip_get_num_entries(handle.zip, 0))
    guard count <= maximumMembers else {
      throw ZipError(path, "lists \(count) members, more than \(maximumMembers)")
    }
    members = (0..<UInt64(count)).compactMap { index in
      guard let name = zip_get_name(handle.zip, index, 0) else { return nil }
      let text = String(cString: name)
      return text.hasSuffix("/") ? nil : Member(index: index, name: text)
    }
    self.handle = Mutex(handle)
  }

  /// - Parameter limit: the most bytes that the content may have.
  package func content(of member: Member, limit: Int) throws(ZipError) -> [UInt8] {
    let result: Result<[UInt8], ZipError> = handle.withLock { handle in
      Result { () throws(ZipError) in try handle.content(of: member, limit: limit, path: path) }
    }
    return try result.get()
  }

  /// What the zip's directory says of a member: its size when unpacked and its CRC-32, -1 where it says nothing.
  package func listing(of member: Member) -> (size: Int, checksum: Int) {
    handle.withLock { handle in
      guard let information = handle.information(of: member) else { return (-1, -1) }
      return (
        information.valid & UInt64(ZIP_STAT_SIZE) == 0 ? -1 : Int(truncatingIfNeeded: information.size),
        information.valid & UInt64(ZIP_STAT_CRC) == 0 ? -1 : Int(information.crc)
      )
    }
  }
}

private struct Handle: ~Copyable {
  let zip: OpaquePointer

  init(_ path: FilePath) throws(ZipError) {
    var code: Int32 = 0
    guard let zip = zip_open(path.string, ZIP_RDONLY, &code) else {
      switch code {
      case ZIP_ER_NOENT: throw ZipError(path, "is not there", kind: .missingInput)
      case ZIP_ER_OPEN, ZIP_ER_READ: throw ZipError(path, "cannot be read", kind: .missingInput)
      default:
        var error = zip_error_t()
        zip_error_init_with_code(&error, code)
        defer { zip_error_fini(&error) }
        throw ZipError(path, "is no sound zip file: \(String(cString: zip_error_strerror(&error)))")
      }
    }
    self.zip = zip
  }

  deinit { zip_discard(zip) }

  func content(of member: ZipArchive.Member, limit: Int, path: FilePath) throws(ZipError) -> [UInt8] {
    guard let information = information(of: member),
      information.valid & UInt64(ZIP_STAT_SIZE | ZIP_STAT_COMP_METHOD)
        == UInt64(ZIP_STAT_SIZE | ZIP_STAT_COMP_METHOD)
    else { throw failure(member, path) }
    guard [ZIP_CM_STORE, ZIP_CM_DEFLATE].contains(Int32(information.comp_method)) else {
      throw ZipError(
        path,
        "member \(quoted(member.name)) is packed by method \(information.comp_method); only stored and deflated ones are read"
      )
    }
    guard information.size <= UInt64(limit) else {
      throw ZipError(
        path, "member \(quoted(member.name)) claims \(information.size) bytes, more than \(limit)")
    }
    guard let file = zip_fopen_index(zip, member.index, 0) else { throw failure(member, path) }
    defer { zip_fclose(file) }
    let size = Int(information.size)
    var isWhole = false
    let content = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let read = zip_fread(file, buffer.baseAddress.map { $0 + count }, UInt64(size - count))
        guard read > 0 else { return }
        count += Int(read)
      }
      // Reading on to the end is what makes libzip compare the checksum.
      var more: UInt8 = 0
      isWhole = zip_fread(file, &more, 1) == 0
    }
    guard isWhole else { throw ZipError(path, "member \(quoted(member.name)) is damaged") }
    return content
  }

  func information(of member: ZipArchive.Member) -> zip_stat_t? {
    var information = zip_stat_t()
    zip_stat_init(&information)
    return zip_stat_index(zip, member.index, 0, &information) == 0 ? information : nil
  }

  private func failure(_ member: ZipArchive.Member, _ path: FilePath) -> ZipError {
    ZipError(path, "member \(quoted(member.name)): \(String(cString: zip_strerror(zip)))")
  }
}

/// A zip that is damaged, or claims too much.
package struct ZipError: ReportableError {
  package let path: FilePath
  package let reason: String
  package let kind: ErrorKind

  init(_ path: FilePath, _ reason: String, kind: ErrorKind = .badData) {
    self.path = path
    self.reason = reason
    self.kind = kind
  }

  package var description: String { "\(path): \(reason)" }
}
