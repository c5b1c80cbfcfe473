import Glibc
package import Storage
package import SystemPackage

/// The bytes of an uploaded video in a file without a name: it is gone with whoever needs it, whatever becomes of this
/// process.
package final class SpooledVideo: Sendable {
  private let file: OwnedDescriptor

  /// - Parameter folder: with room for it.
  /// - Throws: `FileError`
  package init(in folder: FilePath) throws(FileError) {
    let path = folder.appending("framewise-upload-\(String(UInt64.random(in: 0...UInt64.max), radix: 16))")
    let number = open(path.string, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard number >= 0 else { throw FileError.current(.create, path) }
    file = OwnedDescriptor(FileDescriptor(rawValue: number))
    unlink(path.string)
  }

  /// - Throws: `FileError` where the disk is full, say.
  package func append(_ bytes: some Sequence<UInt8>) throws(FileError) {
    do { _ = try file.descriptor.writeAll(bytes) } catch {
      throw FileError(.write, path, error as? Errno ?? .ioError)
    }
  }

  /// Leads there as long as this is alive.
  package var path: FilePath { FilePath("/proc/self/fd/\(file.descriptor.rawValue)") }
}
