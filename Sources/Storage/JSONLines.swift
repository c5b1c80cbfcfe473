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
    let bytes: [UInt8]
    do { bytes = try Files.read(path) } catch { throw .file(error) }
    let decoder = JSONDecoder()
    var rows: [Row] = []
    for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .enumerated()
    where line.contains(where: { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\r") }) {
      do { rows.append(try decoder.decode(type, from: Data(line))) } catch {
        throw .content(path, line: index + 1, problem: JSONText.problem(in: error, bytes: Array(line)))
      }
    }
    return rows
  }
}
