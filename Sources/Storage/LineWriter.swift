package import SystemPackage

/// A file of lines in the making, of which little is in memory at any time; there when it is committed, not before.
package struct LineWriter: ~Copyable {
  private let file: AtomicFile
  private var buffer: [UInt8] = []
  private static let bufferSize = 1 << 20

  /// - Throws: `FileError` when the file cannot be made.
  package init(_ path: FilePath) throws(FileError) { file = try AtomicFile(path) }

  /// Adds the bytes and a line end.
  package mutating func append(_ line: some Sequence<UInt8>) throws(FileError) {
    buffer += line
    buffer.append(UInt8(ascii: "\n"))
    guard buffer.count >= Self.bufferSize else { return }
    try file.write(buffer)
    buffer.removeAll(keepingCapacity: true)
  }

  package consuming func commit() throws(FileError) {
    try file.write(buffer)
    try file.commit()
  }
}
