import Glibc
package import SystemPackage

/// A file's content in memory without reading it all at once: the kernel reads what is touched.
///
/// The file must not be shortened while it is mapped (touching what is gone kills the process): files that
/// `AtomicFile` wrote are replaced, never shortened.
package final class MappedFile: Sendable {
  package let path: FilePath
  package let count: Int
  private let address: UInt

  package init(_ path: FilePath) throws(FileError) {
    self.path = path
    let descriptor = open(path.string, O_RDONLY | O_CLOEXEC | O_NONBLOCK)  // a FIFO would block for ever
    guard descriptor >= 0 else { throw FileError.current(.read, path) }
    defer { close(descriptor) }
    var information = stat()
    guard fstat(descriptor, &information) == 0 else { throw FileError.current(.read, path) }
    guard information.st_mode & S_IFMT == S_IFREG else {
      throw FileError(.read, path, information.st_mode & S_IFMT == S_IFDIR ? .isDirectory : .invalidArgument)
    }
    count = Int(information.st_size)
    guard count > 0 else {
      address = 0  // an empty file cannot be mapped
      return
    }
    guard let base = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), base != MAP_FAILED else {
      throw FileError.current(.read, path)
    }
    address = UInt(bitPattern: base)
  }

  deinit { if count > 0 { munmap(UnsafeMutableRawPointer(bitPattern: address), count) } }

  /// The bytes, valid only inside `body`.
  package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    defer { withExtendedLifetime(self) {} }
    return try body(UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: address), count: count))
  }
}
