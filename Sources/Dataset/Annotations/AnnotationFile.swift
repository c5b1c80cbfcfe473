package import Storage
package import SystemPackage

/// The annotation file: a JSON array of `Annotation`s, or JSON Lines with one in each line; UTF-8, with or without a
/// byte order mark, and packed by gzip or not. Entries are read one at a time.
package enum AnnotationFile {
  /// The entries in their order; every id is valid (`VideoID`) and occurs once.
  ///
  /// - Parameter warn: is told of keys that mean nothing, a line each.
  /// - Throws: `DatasetError` naming entry, id and field of the first thing that is wrong.
  package static func read(
    _ path: FilePath, warn: (String) throws -> Void
  ) throws -> [Annotation] {
    var annotations: [Annotation] = []
    try forEach(path, warn: warn) { annotations.append($0) }
    return annotations
  }

  /// The ids of the entries, each of which is looked at in full.
  package static func ids(of path: FilePath, warn: (String) throws -> Void) throws -> VideoIDs {
    try forEach(path, warn: warn) { _ in }
  }

  /// Goes through the entries in their order and keeps nothing of them but the ids; the first that is wrong ends it.
  /// - Returns: the ids.
  @discardableResult
  package static func forEach(
    _ path: FilePath, warn: (String) throws -> Void, _ body: (Annotation) throws -> Void
  ) throws -> VideoIDs {
    let (ids, unknown) = try visit(path) { entry in
      switch entry {
      case .annotation(let annotation): try body(annotation)
      case .repeated(let error), .faulty(let error): throw error
      }
    }
    for warning in unknown.warnings { try warn("\(path): \(warning)") }
    return ids
  }

  /// One element of the file.
  package enum Entry {
    case annotation(Annotation)
    /// The id is that of an earlier entry.
    case repeated(DatasetError)
    case faulty(DatasetError)
  }

  /// Goes through the entries in their order and keeps nothing of them but the ids.
  ///
  /// - Returns: the ids of the annotations, and what keys were passed over.
  /// - Throws: `DatasetError` where the file is no annotation file at all, and what `body` throws, which ends the visit.
  package static func visit(
    _ path: FilePath, _ body: (Entry) throws -> Void
  ) throws -> (ids: VideoIDs, unknownKeys: UnknownKeys) {
    var reading = Reading(path: path)
    do {
      try JSONElements.visit(path, as: form(of: path)) { element in try body(try reading.entry(element)) }
    } catch let error as JSONError {
      throw DatasetError(error)
    } catch let error as JSONSyntaxError {
      throw DatasetError(path, error.problem)
    } catch is NotAnArray {
      throw DatasetError(
        path,
        "is not a JSON array of annotations: [{\"id\": …, \"title\": …}, …]; with one in each line it is a .jsonl file"
      )
    }
    return (reading.ids, reading.unknown)
  }

  /// Whether a file is called as annotations are.
  package static func isNamedSo(_ path: FilePath) -> Bool { form(of: path) != nil }

  /// By its name; nil where that says nothing, as of standard input.
  private static func form(of path: FilePath) -> JSONElements.Form? {
    var name = path.lastComponent?.string.lowercased() ?? ""
    if name.hasSuffix(".gz") { name.removeLast(3) }
    if name.hasSuffix(".json") { return .array }
    return name.hasSuffix(".jsonl") || name.hasSuffix(".ndjson") ? .lines : nil
  }

  package static func write(_ annotations: [Annotation], to path: FilePath) throws(FileError) {
    try JSONText.write(annotations, to: path)
  }

  /// Tells lists of videos apart: FNV-1a (64 bits, hexadecimal) over the ids in their order, each ended by a zero
  /// byte.
  package static func fingerprint(_ ids: some Sequence<String>) -> String {
    var fingerprint = Fingerprint()
    for id in ids { fingerprint.add(id) }
    return fingerprint.text
  }
}

/// What is known of a file while it is read.
private struct Reading {
  let path: FilePath
  private(set) var ids = VideoIDs()
  /// Where each of `ids` stands in the file: its number, or its line.
  private var places: [UInt32] = []
  private(set) var unknown = UnknownKeys()

  init(path: FilePath) { self.path = path }

  mutating func entry(_ element: JSONElements.Element) throws(DatasetError) -> AnnotationFile.Entry {
    func error(id: String? = nil, field: String?, _ problem: String) -> DatasetError {
      DatasetError(
        path, index: element.line == nil ? element.index : nil, line: element.line, id: id, field: field,
        problem)
    }
    guard element.index < VideoIDs.most else {
      throw error(field: nil, "are more entries than can be numbered")
    }
    let node: JSONNode
    switch element.content {
    case .success(let content): node = content
    case .failure(let problem as RepeatedKey):
      return .faulty(error(field: problem.path, problem.problem))
    case .failure(let problem):
      return .faulty(error(field: nil, (problem as? JSONSyntaxError)?.problem ?? "\(problem)"))
    }
    var strange: Set<String> = []
    let annotation: Annotation
    do { annotation = try Annotation(node) { strange.insert($0) } } catch {
      let id: String? = if case .text(let id) = node["id"] { id } else { nil }
      return .faulty(
        DatasetError(
          path, index: element.line == nil ? element.index : nil, line: element.line,
          id: id, field: error.field, error.problem))
    }
    if !strange.isEmpty { unknown.add(strange) }
    if let first = ids.append(annotation.id) {
      let place = element.line == nil ? "[\(places[first])]" : "line \(places[first])"
      return .repeated(error(id: annotation.id, field: "id", "is already that of \(place)"))
    }
    places.append(UInt32(truncatingIfNeeded: element.line ?? element.index))
    return .annotation(annotation)
  }
}
