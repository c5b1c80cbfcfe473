import Glibc
package import SystemPackage

/// A file that appears complete or not at all: written aside in the same folder, flushed to the disk, renamed.
///
/// Whatever stood at `path` stays until the new content is safe. An `AtomicFile` that is not committed removes its
/// partial file when it goes away.
package struct AtomicFile: ~Copyable {
  package let path: FilePath
  private let partial: FilePath
  private let file: OwnedDescriptor

  /// - Throws: `FileError` when the folder is missing or cannot be written.
  package init(_ path: FilePath) throws(FileError) {
    self.path = path
    // By chance: processes of several machines that share a folder may have the same number.
    let mark = String(UInt64.random(in: .min ... .max), radix: 36)
    partial = path.removingLastComponent().appending("\(Self.partialPrefix(for: path))\(mark)")
    do {
      file = OwnedDescriptor(
        try FileDescriptor.open(
          partial, .writeOnly, options: [.create, .truncate, .exclusiveCreate],
          permissions: [.ownerReadWrite, .groupRead, .otherRead]))
    } catch {
      throw FileError(.create, path, error as? Errno ?? .ioError)
    }
  }

  package func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    do { _ = try file.descriptor.writeAll(bytes) } catch {
      throw FileError(.write, path, error as? Errno ?? .ioError)
    }
  }

  package func write(_ bytes: [UInt8]) throws(FileError) {
    do { _ = try file.descriptor.writeAll(bytes) } catch {
      throw FileError(.write, path, error as? Errno ?? .ioError)
    }
  }

  package func write(_ text: String) throws(FileError) { try write(Array(text.utf8)) }

  /// Makes the content durable and puts it in place.
  package consuming func commit() throws(FileError) {
    guard fsync(file.descriptor.rawValue) == 0 else { throw FileError.current(.write, path) }
    guard rename(partial.string, path.string) == 0 else { throw FileError.current(.rename, path) }
    try? Folder.flush(path.removingLastComponent())
  }

  deinit { unlink(partial.string) }  // after a commit there is nothing left under this name

  /// How the names of partial files for `path` begin, such as one that a killed process left behind.
  package static func partialPrefix(for path: FilePath) -> String {
    ".\(path.lastComponent?.string ?? "file").partial-"
  }

  /// Throws what writing `path` would throw at once, before hours go into its content.
  package static func probe(_ path: FilePath) throws(FileError) {
    guard !Folder.isFolder(path) else { throw FileError(.create, path, .isDirectory) }
    _ = try AtomicFile(path)
  }

  /// Removes what processes that were killed left half written in a folder that nobody else writes to now.
  package static func removePartials(in folder: FilePath) throws(FileError) {
    for name in try Folder.names(in: folder) where name.hasPrefix(".") && name.contains(".partial-") {
      unlink(folder.appending(name).string)
    }
  }

  /// Writes `bytes` as the whole content of `path`.
  package static func write(_ bytes: [UInt8], to path: FilePath) throws(FileError) {
    let file = try AtomicFile(path)
    try file.write(bytes)
    try file.commit()
  }

  package static func write(_ text: String, to path: FilePath) throws(FileError) {
    try write(Array(text.utf8), to: path)
  }
}
