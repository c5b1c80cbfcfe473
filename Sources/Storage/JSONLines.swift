import Foundation
package import SystemPackage

/// Files of one JSON value a line.
package enum JSONLines {
  /// Writes the rows as the whole content of `path`.
  package static func write(_ rows: some Sequence<some Encodable>, to path: FilePath) throws(FileError) {
    let file = try AtomicFile(path)
    var buffer: [UInt8] = []
    for row in rows {
      buffer += JSONText.encode(row)
      buffer.append(UInt8(ascii: "\n"))
      guard buffer.count >= 1 << 20 else { continue }
      try file.write(buffer)
      buffer.removeAll(keepingCapacity: true)
    }
    try file.write(buffer)
    try file.commit()
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
