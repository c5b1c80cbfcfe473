import CZlib
import Glibc
package import SystemPackage

/// The content of a file, piece by piece, unpacked where it is gzip: of files of any length little is in memory.
package final class UnpackedFile {
  package let path: FilePath
  private let file: gzFile
  private let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)

  /// - Parameter path: also `/dev/stdin`, which is read on from where it is.
  package init(_ path: FilePath) throws(FileError) {
    self.path = path
    let descriptor = try Files.open(path)
    guard let file = gzdopen(descriptor.rawValue, "rb") else {
      close(descriptor.rawValue)
      throw FileError(.read, path, .noMemory)
    }
    self.file = file
    gzbuffer(file, UInt32(piece.count))
  }

  deinit {
    gzclose(file)
    piece.deallocate()
  }

  /// The next piece, valid until the next call; empty at the end.
  /// - Throws: `JSONError` where the file cannot be read, and where what is packed is damaged or ends too early.
  package func next() throws(JSONError) -> UnsafeRawBufferPointer {
    let count = gzread(file, piece.baseAddress, UInt32(piece.count))
    if count > 0 { return UnsafeRawBufferPointer(rebasing: piece[..<Int(count)]) }
    let reason = errno
    var status: Int32 = Z_OK
    let text = gzerror(file, &status).map { String(cString: $0) } ?? ""
    switch status {
    case Z_OK, Z_STREAM_END: return UnsafeRawBufferPointer(start: nil, count: 0)
    case Z_ERRNO: throw .file(FileError(.read, path, Errno(rawValue: reason)))
    case Z_MEM_ERROR: throw .file(FileError(.read, path, .noMemory))
    case Z_BUF_ERROR: throw .content(path, line: nil, problem: "ends in the middle of what gzip packed")
    default: throw .content(path, line: nil, problem: "is damaged gzip: \(text)")
    }
  }

  /// Gives `body` each line without its end, and its number from 1.
  /// - Parameter first: the piece that was read before.
  /// - Throws: `JSONError` also at a line longer than `limit` bytes, and what `body` throws.
  package func forEachLine(
    after first: UnsafeRawBufferPointer? = nil, limit: Int = 1 << 28,
    _ body: (UnsafeRawBufferPointer, Int) throws -> Void
  ) throws {
    var beginning: [UInt8] = []
    var number = 1
    var first = first
    while true {
      var piece = try first.take() ?? next()
      if piece.isEmpty { break }
      while let end = piece.firstIndex(of: UInt8(ascii: "\n")) {
        let line = UnsafeRawBufferPointer(rebasing: piece[..<end])
        if beginning.isEmpty {
          try body(line, number)
        } else {
          beginning += line
          try beginning.withUnsafeBytes { try body($0, number) }
          beginning.removeAll(keepingCapacity: true)
        }
        number += 1
        piece = UnsafeRawBufferPointer(rebasing: piece[(end + 1)...])
      }
      beginning += piece
      guard beginning.count <= limit else {
        throw JSONError.content(path, line: number, problem: "is longer than \(limit >> 20) MiB")
      }
    }
    if !beginning.isEmpty { try beginning.withUnsafeBytes { try body($0, number) } }
  }
}
