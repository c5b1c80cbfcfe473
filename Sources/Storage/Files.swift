import Glibc
package import SystemPackage

package enum Files {
  /// The whole content of a file.
  /// - Parameter limit: bytes above which the file is refused as too large: a sparse file or a device can claim, or
  ///   go on delivering, more than any memory holds.
  package static func read(_ path: FilePath, limit: Int = 4 << 30) throws(FileError) -> [UInt8] {
    let descriptor = try open(path)
    defer { try? descriptor.close() }
    var information = stat()
    guard fstat(descriptor.rawValue, &information) == 0 else { throw FileError.current(.read, path) }
    guard information.st_size <= limit else { throw FileError(.read, path, .fileTooLarge) }
    do { return try read(descriptor, expected: Int(information.st_size), limit: limit) } catch {
      throw FileError(.read, path, error as? Errno ?? .ioError)
    }
  }

  /// Opens what is no folder. Standard input, as `/dev/stdin`, is read on from where it is.
  static func open(_ path: FilePath) throws(FileError) -> FileDescriptor {
    let number =
      OutputTarget.openDescriptor(namedBy: path).map { fcntl($0, F_DUPFD_CLOEXEC, 0) }
      ?? Glibc.open(path.string, O_RDONLY | O_CLOEXEC)
    guard number >= 0 else { throw FileError.current(.read, path) }
    var information = stat()
    if fstat(number, &information) == 0, information.st_mode & S_IFMT == S_IFDIR {
      close(number)
      throw FileError(.read, path, .isDirectory)
    }
    return FileDescriptor(rawValue: number)
  }

  /// `expected` is a hint only: pipes say 0, and files grow.
  private static func read(_ descriptor: FileDescriptor, expected: Int, limit: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(expected)
    while true {
      let size = max(expected - bytes.count, 1 << 16)
      let chunk = try [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
        count = try descriptor.read(into: UnsafeMutableRawBufferPointer(buffer))
      }
      if chunk.isEmpty { return bytes }
      bytes.append(contentsOf: chunk)
      guard bytes.count <= limit else { throw Errno.fileTooLarge }
    }
  }
}
