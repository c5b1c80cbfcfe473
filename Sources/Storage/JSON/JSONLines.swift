import Foundation
package import SystemPackage

/// Files of one JSON value a line.
package enum JSONLines {
  /// Writes the rows as the whole content of `path`.
  package static func write<Row: Encodable>(_ rows: some Sequence<Row>, to path: FilePath) throws(FileError) {
    var file = try Writer<Row>(path)
    for row in rows { try file.append(row) }
    try file.commit()
  }

  /// A file in the making, row by row; there when it is committed, and not before.
  package struct Writer<Row: Encodable>: ~Copyable {
    private var file: LineWriter

    /// - Throws: `FileError` when the file cannot be made.
    package init(_ path: FilePath) throws(FileError) { file = try LineWriter(path) }

    package mutating func append(_ row: Row) throws(FileError) { try file.append(JSONText.encode(row)) }

    package consuming func commit() throws(FileError) { try file.commit() }
  }

  /// The rows of a file, empty lines passed over; an error names the first line that is not a `Row`.
  package static func read<Row: Decodable>(_ type: Row.Type, from path: FilePath) throws(JSONError) -> [Row] {
    var rows: [Row] = []
    do { try visit(type, from: path) { rows.append($0) } } catch {
      guard let error = error as? JSONError else {
        preconditionFailure("nothing else is thrown here: \(error)")
      }
      throw error
    }
    return rows
  }

  /// Gives away the rows one after the other; nothing of the file stays in memory.
  /// - Throws: `JSONError` naming the first line that is not a `Row`, and what `body` throws.
  package static func visit<Row: Decodable>(
    _ type: Row.Type, from path: FilePath, _ body: (Row) throws -> Void
  ) throws {
    let file: UnpackedFile
    do { file = try UnpackedFile(path) } catch { throw JSONError.file(error) }
    let decoder = JSONDecoder()
    try file.forEachLine { line, number in
      guard line.contains(where: { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\r") }) else { return }
      let row: Row
      do { row = try decoder.decode(type, from: Data(line)) } catch {
        throw JSONError.content(
          path, line: number, problem: JSONText.problem(in: error, bytes: Array(line), isOneLine: true))
      }
      try body(row)
    }
  }
}
