import Glibc
package import SystemPackage

package enum Files {
  /// The whole content of a file.
  package static func read(_ path: FilePath) throws(FileError) -> [UInt8] {
    let descriptor: FileDescriptor
    do { descriptor = try FileDescriptor.open(path, .readOnly) } catch {
      throw FileError(.read, path, error as? Errno ?? .ioError)
    }
    defer { try? descriptor.close() }
    var information = stat()
    guard fstat(descriptor.rawValue, &information) == 0 else { throw FileError.current(.read, path) }
    guard information.st_mode & S_IFMT != S_IFDIR else { throw FileError(.read, path, .isDirectory) }
    do { return try read(descriptor, expected: Int(information.st_size)) } catch {
      throw FileError(.read, path, error as? Errno ?? .ioError)
    }
  }

  /// `expected` is a hint only: pipes say 0, and files grow.
  private static func read(_ descriptor: FileDescriptor, expected: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(expected)
    while true {
      let size = max(expected - bytes.count, 1 << 16)
      let chunk = try [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
        count = try descriptor.read(into: UnsafeMutableRawBufferPointer(buffer))
      }
      if chunk.isEmpty { return bytes }
      bytes.append(contentsOf: chunk)
    }
  }
}
