package import Storage
package import SystemPackage

/// The challenge's submission file: lines `id,category_id`, no header, UTF-8. The truth has the same format.
package struct Submission: Sendable, Equatable {
  package struct Row: Sendable, Equatable {
    package var id: String
    /// Four digits, the first two being level 1.
    package var category: String

    package init(id: String, category: String) {
      self.id = id
      self.category = category
    }
  }

  package var rows: [Row]

  package init(rows: [Row]) { self.rows = rows }

  /// Takes a byte order mark, CRLF line ends and empty lines at the end as they come.
  ///
  /// - Throws: `SubmissionError` naming the first line that is not as it should be, an id that occurs twice included.
  package static func read(_ path: FilePath) throws(SubmissionError) -> Submission {
    var bytes: ArraySlice<UInt8>
    do { bytes = try Files.read(path)[...] } catch { throw .file(error) }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
    while let last = bytes.last, last == newline || last == carriageReturn { bytes.removeLast() }
    guard !bytes.isEmpty else { throw .file(path, problem: "is empty, expected lines id,category_id") }
    var rows: [Row] = []
    var lines: [String: Int] = [:]
    for (index, line) in bytes.split(separator: newline, omittingEmptySubsequences: false).enumerated() {
      let row = try Self.row(line, number: index + 1, path: path)
      if let first = lines.updateValue(index + 1, forKey: row.id) {
        throw .line(path, index + 1, problem: "id \(quoted(row.id)) stands in line \(first) already")
      }
      rows.append(row)
    }
    return Submission(rows: rows)
  }

  private static func row(_ line: ArraySlice<UInt8>, number: Int, path: FilePath) throws(SubmissionError)
    -> Row
  {
    let line = line.last == carriageReturn ? line.dropLast() : line
    guard let text = String(validating: line, as: UTF8.self), !line.contains(0) else {
      throw .line(path, number, problem: "is not UTF-8")
    }
    let fields = text.split(separator: ",", omittingEmptySubsequences: false)
    guard fields.count == 2 else {
      throw .line(path, number, problem: "expected id,category_id, found \(quoted(text))")
    }
    if number == 1, fields[1] == "category_id" {
      throw .line(path, number, problem: "is a header; the format has none")
    }
    let row = Row(id: String(fields[0]), category: String(fields[1]))
    if let problem = row.problem { throw .line(path, number, problem: problem) }
    return row
  }

  /// Writes the rows in their order, whole or not at all.
  package func write(to path: FilePath) throws(SubmissionError) {
    var writer = try Writer(path)
    for row in rows { try writer.append(row) }
    try writer.commit()
  }

  /// A submission in the making, row by row; there when it is committed, and not before.
  package struct Writer: ~Copyable {
    private let path: FilePath
    private var file: LineWriter
    private var rows = 0
    private var checksum = Checksum()

    package init(_ path: FilePath) throws(SubmissionError) {
      self.path = path
      do { file = try LineWriter(path) } catch { throw .file(error) }
    }

    /// - Throws: also where the format cannot hold the row.
    package mutating func append(_ row: Row) throws(SubmissionError) {
      rows += 1
      if let problem = row.problem { throw .line(path, rows, problem: problem) }
      let line = Array("\(row.id),\(row.category)".utf8)
      checksum.add(line)
      checksum.add([Submission.newline])
      do { try file.append(line) } catch { throw .file(error) }
    }

    /// Whether what stands at the path already says the same.
    package func isInPlace() throws(FileError) -> Bool {
      guard try Folder.size(of: path) == checksum.count else { return false }
      var present = Checksum()
      try MappedFile(path).withBytes { present.add($0) }
      return present.text == checksum.text
    }

    package consuming func commit() throws(SubmissionError) {
      do { try file.commit() } catch { throw .file(error) }
    }
  }

  private static let newline = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")
}

extension Submission.Row {
  /// Why the format cannot hold the row; nil when it can.
  fileprivate var problem: String? {
    if id.isEmpty { return "the id is empty" }
    if id.unicodeScalars.contains(where: { $0 == "," || $0.properties.generalCategory == .control }) {
      return "id \(quoted(id)) contains a comma or a control character"
    }
    guard CategoryID.isWellFormed(category) else {
      return "category_id \(quoted(category)) of id \(quoted(id)) is not four digits"
    }
    return nil
  }
}

/// A submission that cannot be read, or does not fit the truth.
package enum SubmissionError: ReportableError, Equatable {
  case file(FilePath, problem: String, kind: ErrorKind = .badData)
  /// `line` counts from 1.
  case line(FilePath, Int, problem: String)

  static func file(_ error: FileError) -> SubmissionError {
    .file(error.path, problem: "cannot \(error.operation.rawValue): \(error.reason)", kind: error.kind)
  }

  package var kind: ErrorKind {
    switch self {
    case .file(_, _, let kind): kind
    case .line: .badData
    }
  }

  package var description: String {
    switch self {
    case .file(let path, let problem, _): "\(path): \(problem)"
    case .line(let path, let line, let problem): "\(path):\(line): \(problem)"
    }
  }
}
