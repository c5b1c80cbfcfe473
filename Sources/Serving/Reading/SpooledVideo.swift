import Glibc
package import Storage
import Synchronization
package import SystemPackage

/// The bytes of an uploaded video in a file without a name: it is gone with whoever needs it, whatever becomes of this
/// process.
package final class SpooledVideo: Sendable {
  private let file: OwnedDescriptor
  private let spool: Spool
  private let bytes = Mutex(0)

  /// - Throws: `FileError`
  package init(in spool: Spool) throws(FileError) {
    self.spool = spool
    file = OwnedDescriptor(try Self.open(in: spool.folder))
  }

  deinit { spool.giveBack(bytes.withLock { $0 }) }

  /// The kernel's `__O_TMPFILE`, which the C library tells those only who ask for all of GNU's extensions.
  private static let withoutName = O_DIRECTORY | 0o20_000_000

  /// A file that never has a name, or, where the file system knows none such, one that loses it at once: there alone it is
  /// left behind where this process ends in between.
  private static func open(in folder: FilePath) throws(FileError) -> FileDescriptor {
    if let file = openUnnamed(in: folder) { return file }
    return try openNamed(in: folder)
  }

  /// Nil where the file system has no such files.
  static func openUnnamed(in folder: FilePath) -> FileDescriptor? {
    let number = Glibc.open(folder.string, O_RDWR | O_EXCL | O_CLOEXEC | withoutName, 0o600)
    return number < 0 ? nil : FileDescriptor(rawValue: number)
  }

  static func openNamed(in folder: FilePath) throws(FileError) -> FileDescriptor {
    let path = folder.appending("framewise-upload-\(String(UInt64.random(in: 0...UInt64.max), radix: 16))")
    let number = Glibc.open(path.string, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard number >= 0 else { throw FileError.current(.create, path) }
    unlink(path.string)
    return FileDescriptor(rawValue: number)
  }

  /// - Throws: `FileError` where the disk is full, say, and `Refusal` where the spool is.
  package func append(_ bytes: some Collection<UInt8>) throws {
    try spool.take(bytes.count)
    self.bytes.withLock { $0 += bytes.count }
    do { _ = try file.descriptor.writeAll(bytes) } catch {
      throw FileError(.write, path, error as? Errno ?? .ioError)
    }
  }

  /// Leads there as long as this is alive.
  package var path: FilePath { FilePath("/proc/self/fd/\(file.descriptor.rawValue)") }
}
