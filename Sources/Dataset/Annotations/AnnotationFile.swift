import Foundation
package import Storage
package import SystemPackage

/// The annotation file: a JSON array of `Annotation`s, UTF-8, with or without a byte order mark.
package enum AnnotationFile {
  /// The entries in their order. Unknown keys are ignored; every id is valid (`VideoID`) and occurs once.
  ///
  /// - Throws: `DatasetError` naming entry, id and field of the first thing that is wrong.
  package static func read(_ path: FilePath) throws(DatasetError) -> [Annotation] {
    let bytes: [UInt8]
    do { bytes = try Files.read(path) } catch { throw DatasetError(error) }
    return try parse(bytes, path: path)
  }

  package static func write(_ annotations: [Annotation], to path: FilePath) throws(FileError) {
    try JSONText.write(annotations, to: path)
  }

  /// Tells sets of videos apart: FNV-1a (64 bits, hexadecimal) over the sorted ids, each ended by a zero byte.
  package static func fingerprint(_ ids: some Sequence<String>) -> String {
    var fingerprint = Fingerprint()
    for id in ids.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) { fingerprint.add(id) }
    return fingerprint.text
  }

  private static func parse(_ bytes: [UInt8], path: FilePath) throws(DatasetError) -> [Annotation] {
    try requireUTF8(bytes, path: path)
    let entries: [Entry]
    do { entries = try JSONText.decode([Entry].self, from: bytes) } catch {
      switch error {
      case DecodingError.typeMismatch:
        throw DatasetError(path, "is not a JSON array of annotations: [{\"id\": …, \"title\": …}, …]")
      default: throw DatasetError(path, JSONText.problem(in: error, bytes: bytes))
      }
    }
    var annotations: [Annotation] = []
    annotations.reserveCapacity(entries.count)
    var positions: [String: Int] = Dictionary(minimumCapacity: entries.count)
    for (index, entry) in entries.enumerated() {
      let annotation: Annotation
      switch entry {
      case .annotation(let decoded): annotation = decoded
      case .problem(let id, let field, let problem):
        throw DatasetError(path, index: index, id: id, field: field, problem)
      }
      if let first = positions.updateValue(index, forKey: annotation.id) {
        throw DatasetError(
          path, index: index, id: annotation.id, field: "id", "is already that of [\(first)]")
      }
      annotations.append(annotation)
    }
    return annotations
  }

  /// `JSONDecoder` would take UTF-16 and UTF-32 for what they are and repair broken UTF-8 in silence.
  private static func requireUTF8(_ bytes: [UInt8], path: FilePath) throws(DatasetError) {
    guard !bytes.prefix(4).contains(0), !bytes.starts(with: [0xFF, 0xFE]), !bytes.starts(with: [0xFE, 0xFF])
    else {
      throw DatasetError(path, "is not UTF-8 but looks like UTF-16 or UTF-32")
    }
    guard String(validating: bytes, as: UTF8.self) == nil else { return }
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    var offset = 0
    while case .scalarValue(let scalar) = decoder.decode(&iterator) { offset += UTF8.width(scalar) }
    let line = bytes[..<min(offset, bytes.count)].count { $0 == UInt8(ascii: "\n") } + 1
    throw DatasetError(path, "is not UTF-8: invalid byte at offset \(offset) (line \(line))")
  }
}

/// One element of the array; what is wrong in one is kept until its position is known.
private enum Entry: Decodable {
  case annotation(Annotation)
  case problem(id: String?, field: String?, String)

  private enum Key: CodingKey {
    case id
  }

  init(from decoder: any Decoder) throws {
    do { self = .annotation(try Annotation(from: decoder)) } catch {
      guard let error = error as? DecodingError else { throw error }
      let id = try? decoder.container(keyedBy: Key.self).decode(String.self, forKey: .id)
      let (keys, text) = Self.place(of: error)
      // The first key is the position in the array.
      let field = JSONText.path(Array(keys.dropFirst()))
      self = .problem(id: id, field: field.isEmpty ? nil : field, text)
    }
  }

  private static func place(of error: DecodingError) -> ([any CodingKey], String) {
    switch error {
    case .keyNotFound(let key, let context): (context.codingPath + [key], "is missing")
    case .valueNotFound(_, let context): (context.codingPath, "is null")
    case .typeMismatch(_, let context):
      (context.codingPath, "has the wrong type. \(context.debugDescription)")
    case .dataCorrupted(let context): (context.codingPath, context.debugDescription)
    @unknown default: ([], "\(error)")
    }
  }
}
