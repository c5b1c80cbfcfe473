package import Storage
package import SystemPackage

/// Something in annotations, shards or archives that is not as it must be.
package struct DatasetError: ReportableError {
  package var kind: ErrorKind
  package var file: FilePath
  /// Position in the file's array, counted from 0.
  package var index: Int?
  /// Of a file of lines, counted from 1.
  package var line: Int?
  package var id: String?
  /// `ocr[2].text`
  package var field: String?
  package var problem: String

  package init(
    _ file: FilePath, index: Int? = nil, line: Int? = nil, id: String? = nil, field: String? = nil,
    _ problem: String, kind: ErrorKind = .badData
  ) {
    self.kind = kind
    self.file = file
    self.index = index
    self.line = line
    self.id = id
    self.field = field
    self.problem = problem
  }

  package init(_ error: FileError) {
    self.init(error.path, "cannot \(error.operation.rawValue): \(error.reason)", kind: error.kind)
  }

  package init(_ error: ZipError) { self.init(error.path, error.reason, kind: error.kind) }

  package init(_ error: JSONError) {
    switch error {
    case .file(let error): self.init(error)
    case .content(let path, let line, let problem):
      self.init(path, line: line, problem)
    }
  }

  /// `train.json[3], id "a1", ocr[2].text: is a number, expected a string`; of lines `train.jsonl:4, id "a1" …`
  package var description: String {
    var text = file.string
    if let index { text += "[\(index)]" }
    if let line { text += ":\(line)" }
    if let id { text += ", id \(quoted(id))" }
    if let field { text += ", \(field)" }
    return "\(text): \(problem)"
  }
}
