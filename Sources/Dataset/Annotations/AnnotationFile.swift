import Foundation
package import Storage
package import SystemPackage

/// The annotation file: a JSON array of `Annotation`s, UTF-8, with or without a byte order mark.
package enum AnnotationFile {
  /// The entries in their order. Unknown keys are ignored; every id is valid (`VideoID`) and occurs once.
  ///
  /// - Throws: `DatasetError` naming entry, id and field of the first thing that is wrong.
  package static func read(_ path: FilePath) throws(DatasetError) -> [Annotation] {
    var annotations: [Annotation] = []
    do {
      try visit(path) { entry in
        switch entry {
        case .annotation(let annotation): annotations.append(annotation)
        case .repeated(let error), .faulty(let error): throw error
        }
      }
    } catch let error as DatasetError {
      throw error
    } catch {
      preconditionFailure("nothing else is thrown here: \(error)")
    }
    return annotations
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
  /// - Throws: `DatasetError` where the file is no JSON array at all, and what `body` throws, which ends the visit.
  package static func visit(_ path: FilePath, _ body: (Entry) throws -> Void) throws {
    let bytes: [UInt8]
    do { bytes = try Files.read(path) } catch { throw DatasetError(error) }
    try requireUTF8(bytes, path: path)
    var positions: [String: Int] = [:]
    var index = 0
    try decode(bytes, path: path) { element in
      defer { index += 1 }
      switch element {
      case .problem(let id, let field, let problem):
        try body(.faulty(DatasetError(path, index: index, id: id, field: field, problem)))
      case .annotation(let annotation):
        guard let first = positions[annotation.id] else {
          positions[annotation.id] = index
          return try body(.annotation(annotation))
        }
        let problem = "is already that of [\(first)]"
        try body(
          .repeated(DatasetError(path, index: index, id: annotation.id, field: "id", problem)))
      }
    }
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

  private static func decode(
    _ bytes: [UInt8], path: FilePath, _ body: (Element) throws -> Void
  ) throws {
    try withoutActuallyEscaping(body) { body in
      try bytes.withUnsafeBytes { buffer in
        // Not copied: the file may be most of what the memory holds.
        let data =
          buffer.baseAddress.map {
            Data(bytesNoCopy: UnsafeMutableRawPointer(mutating: $0), count: buffer.count, deallocator: .none)
          } ?? Data()
        do { _ = try JSONDecoder().decode(Elements.self, from: data, configuration: body) } catch {
          switch error {
          case DecodingError.typeMismatch:
            throw DatasetError(path, "is not a JSON array of annotations: [{\"id\": …, \"title\": …}, …]")
          case let error as DecodingError:
            throw DatasetError(path, JSONText.problem(in: error, bytes: bytes))
          default: throw error
          }
        }
      }
    }
  }

  /// `JSONDecoder` would take UTF-16 and UTF-32 for what they are and repair broken UTF-8 in silence.
  private static func requireUTF8(_ bytes: [UInt8], path: FilePath) throws(DatasetError) {
    guard !bytes.prefix(4).contains(0), !bytes.starts(with: [0xFF, 0xFE]), !bytes.starts(with: [0xFE, 0xFF])
    else {
      throw DatasetError(path, "is not UTF-8 but looks like UTF-16 or UTF-32")
    }
    guard let offset = firstInvalidOffset(in: bytes) else { return }
    let line = bytes[..<min(offset, bytes.count)].count { $0 == UInt8(ascii: "\n") } + 1
    throw DatasetError(path, "is not UTF-8: invalid byte at offset \(offset) (line \(line))")
  }
}

extension AnnotationFile {
  /// Where the bytes stop being UTF-8; nil where they do not. Goes by pieces, so that no second copy of the file is
  /// made only to look at it.
  private static func firstInvalidOffset(in bytes: [UInt8]) -> Int? {
    var start = 0
    while start < bytes.count {
      var end = min(start + 1 << 20, bytes.count)
      // A piece ends where a character does; no character has more than three continuation bytes.
      for _ in 0..<3 where end < bytes.count && bytes[end] & 0xC0 == 0x80 { end += 1 }
      let piece = bytes[start..<end]
      if String(validating: piece, as: UTF8.self) == nil {
        var decoder = UTF8()
        var iterator = piece.makeIterator()
        var offset = start
        while case .scalarValue(let scalar) = decoder.decode(&iterator) { offset += UTF8.width(scalar) }
        return offset
      }
      start = end
    }
    return nil
  }
}

/// The array, each element given away as soon as it is decoded.
private struct Elements: DecodableWithConfiguration {
  init(from decoder: any Decoder, configuration body: @escaping (Element) throws -> Void) throws {
    var container = try decoder.unkeyedContainer()
    while !container.isAtEnd { try body(try container.decode(Element.self)) }
  }
}

/// One element of the array; what is wrong in one is kept until its position is known.
private enum Element: Decodable {
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
