import Glibc
package import SystemPackage

/// A file that appears complete or not at all: written aside in the same folder, flushed to the disk, renamed.
///
/// Whatever stood at `path` stays until the new content is safe, and a symbolic link there goes on to point to what it
/// points to. An `AtomicFile` that is not committed removes its partial file when it goes away.
///
/// What is no regular file (a FIFO, `/dev/null`, standard output) cannot be replaced; it is written to straight away.
package struct AtomicFile: ~Copyable {
  package let path: FilePath
  private let place: Place
  private let file: OwnedDescriptor

  private enum Place {
    case aside(FilePath, for: FilePath)
    case straight
  }

  /// - Throws: `FileError` when the folder is missing or cannot be written, and for a folder at `path`.
  package init(_ path: FilePath) throws(FileError) {
    self.path = path
    do {
      switch try OutputTarget(path) {
      case .file(let target):
        var partial = target
        file = try Self.openPartial(for: target, named: &partial)
        place = .aside(partial, for: target)
        keepPermissions(of: target)
      case .stream(let target):
        file = OwnedDescriptor(
          try FileDescriptor.open(target, .writeOnly, options: .closeOnExec))
        place = .straight
      case .descriptor(let number):
        let copy = fcntl(number, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw Errno(rawValue: errno) }
        file = OwnedDescriptor(FileDescriptor(rawValue: copy))
        place = .straight
      }
    } catch {
      throw error as? FileError ?? FileError(.create, path, error as? Errno ?? .ioError)
    }
  }

  /// A partial file that is locked for as long as it is open, which tells it from what a killed process has left.
  private static func openPartial(
    for target: FilePath, named partial: inout FilePath
  ) throws -> OwnedDescriptor {
    while true {
      // By chance: processes of several machines that share a folder may have the same number.
      let mark = String(UInt64.random(in: .min ... .max), radix: markRadix)
      partial = target.removingLastComponent().appending("\(partialPrefix(for: target))\(mark)")
      // Readable, because NFS locks nothing else.
      let file = OwnedDescriptor(
        try FileDescriptor.open(
          partial, .readWrite, options: [.create, .truncate, .exclusiveCreate, .closeOnExec],
          permissions: [.ownerReadWrite, .groupRead, .otherRead]))
      let outcome = (try? FileLock.attempt(.shared, file.descriptor, partial)) ?? .impossible(.noLocks)
      // Until it was locked it looked like one that was left, and may have been removed as such.
      if outcome != .busy, FileLock.isCurrent(file.descriptor.rawValue, partial) { return file }
    }
  }

  /// What only its owner could read stays so.
  private func keepPermissions(of target: FilePath) {
    var information = stat()
    guard stat(target.string, &information) == 0 else { return }
    fchmod(file.descriptor.rawValue, information.st_mode & 0o777)
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
    guard case .aside(let partial, let target) = place else { return }
    guard fsync(file.descriptor.rawValue) == 0 else { throw FileError.current(.write, path) }
    guard rename(partial.string, target.string) == 0 else { throw FileError.current(.rename, path) }
    try? Folder.flush(target.removingLastComponent())
  }

  deinit {
    // After a commit there is nothing left under this name.
    if case .aside(let partial, _) = place { unlink(partial.string) }
  }

  private static let markRadix = 36

  /// Whether that is what stands behind `partialPrefix` in a name of ours.
  private static func isMark(_ text: Substring) -> Bool {
    UInt64(text, radix: markRadix).map { String($0, radix: markRadix) == text } ?? false
  }

  /// How the names of partial files for `path` begin, such as one that a killed process left behind.
  package static func partialPrefix(for path: FilePath) -> String {
    ".\(path.lastComponent?.string ?? "file").partial-"
  }

  /// Throws what writing `path` would throw at once, before hours go into its content. Opens no stream: whoever reads
  /// a FIFO would take that for all there is.
  package static func probe(_ path: FilePath) throws(FileError) {
    switch try OutputTarget(path) {
    case .file: _ = try AtomicFile(path)
    case .stream(let target):
      guard access(target.string, W_OK) == 0 else { throw FileError.current(.create, path) }
    case .descriptor(let number):
      let flags = fcntl(number, F_GETFL)
      guard flags >= 0 else { throw FileError.current(.create, path) }
      guard flags & O_ACCMODE != O_RDONLY else { throw FileError(.create, path, .badFileDescriptor) }
    }
  }

  /// Removes what processes that were killed left half written in a folder that nobody else writes to now.
  package static func removePartials(in folder: FilePath) throws(FileError) {
    for name in try Folder.names(in: folder) where name.hasPrefix(".") && name.contains(".partial-") {
      unlink(folder.appending(name).string)
    }
  }

  /// Removes what processes that were killed left half written of one file. What another one writes now stays, and so
  /// does everything on a file system without locks.
  package static func removePartials(of path: FilePath) throws(FileError) {
    guard case .file(let target) = try OutputTarget(path) else { return }
    let folder = target.removingLastComponent()
    let prefix = partialPrefix(for: target)
    for name in try Folder.names(in: folder.isEmpty ? "." : folder)
    where name.hasPrefix(prefix) && isMark(name.dropFirst(prefix.count)) {
      let partial = folder.appending(name)
      var status = stat()
      guard lstat(partial.string, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
      // NFS locks nothing that was opened to be read alone; what has the permissions of a protected file opens no other way.
      let number = [O_RDWR, O_RDONLY].lazy
        .map { open(partial.string, $0 | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) }.first { $0 >= 0 }
      guard let number else { continue }
      let file = OwnedDescriptor(FileDescriptor(rawValue: number))
      if (try? FileLock.attempt(.exclusive, file.descriptor, partial)) == .held { unlink(partial.string) }
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
