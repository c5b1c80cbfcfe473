import Foundation
package import SystemPackage

/// A JSON file that cannot be read, or is not what it should be.
package enum JSONError: ReportableError {
  case file(FileError)
  /// `line` counts from 1; nil when the file is one JSON document.
  case content(FilePath, line: Int?, problem: String)

  package var kind: ErrorKind {
    switch self {
    case .file(let error): error.kind
    case .content: .badData
    }
  }

  package var description: String {
    switch self {
    case .file(let error): error.description
    case .content(let path, let line, let problem): "\(path)\(line.map { ":\($0)" } ?? ""): \(problem)"
    }
  }
}

/// JSON as Framewise writes it everywhere: keys sorted, so that equal values are equal bytes, and no character in it
/// that would steer a terminal.
package enum JSONText {
  /// - Precondition: `value` holds no number that is not finite, which JSON cannot say.
  package static func encode(_ value: some Encodable, pretty: Bool = false) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
    do { return escapingControls(Array(try encoder.encode(value))) } catch {
      preconditionFailure("a \(type(of: value)) has no JSON: \(error)")
    }
  }

  /// `JSONEncoder` escapes those below U+0020 alone. Beyond ASCII there is nothing but the content of strings, so that
  /// every character may be written as an escape.
  private static func escapingControls(_ json: [UInt8]) -> [UInt8] {
    guard json.contains(where: { $0 >= 0x7F }) else { return json }
    var text = String.UnicodeScalarView()
    for scalar in String(decoding: json, as: UTF8.self).unicodeScalars {
      guard scalar.value >= 0x7F, scalar.isControl else {
        text.append(scalar)
        continue
      }
      for unit in String(scalar).utf16 {
        let digits = String(unit, radix: 16)
        text.append(
          contentsOf: "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".unicodeScalars)
      }
    }
    return Array(String(text).utf8)
  }

  /// Writes one document, readable to people, as the whole content of `path`.
  package static func write(_ value: some Encodable, to path: FilePath) throws(FileError) {
    try AtomicFile.write(encode(value, pretty: true) + [UInt8(ascii: "\n")], to: path)
  }

  /// The one document in a file.
  package static func read<Value: Decodable>(
    _ type: Value.Type, from path: FilePath
  ) throws(JSONError) -> Value {
    let bytes: [UInt8]
    do { bytes = try Files.read(path) } catch { throw .file(error) }
    do { return try decode(type, from: bytes) } catch {
      throw .content(path, line: nil, problem: problem(in: error, bytes: bytes))
    }
  }

  /// The one document in a file of settings: every key in it has to be known.
  package static func readSettings<Value: Codable>(
    _ type: Value.Type, from path: FilePath
  ) throws(JSONError) -> Value {
    let bytes: [UInt8]
    do { bytes = try Files.read(path) } catch { throw .file(error) }
    do {
      let value = try decode(type, from: bytes)
      try value.requireEveryKey(of: try decode(DocumentKeys.self, from: bytes))
      return value
    } catch {
      throw .content(path, line: nil, problem: problem(in: error, bytes: bytes))
    }
  }

  /// - Throws: `JSONSyntaxError`, `RepeatedKey`, of which `JSONDecoder` takes the first, and `DecodingError`;
  ///   `problem(in:bytes:)` makes a line of each.
  package static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
    _ = try bytes.withUnsafeBytes { try JSONNode($0) }
    return try JSONDecoder().decode(type, from: Data(bytes))
  }

  /// What a decoder complained about in `bytes`, in one line that names the field or the place, and is none the longer for what
  /// the file holds.
  /// - Parameter isOneLine: `bytes` are a line of a file, whose number somebody else names.
  package static func problem(in error: any Error, bytes: [UInt8], isOneLine: Bool = false) -> String {
    let problem = onOneLine(wholeProblem(in: error, bytes: bytes, isOneLine: isOneLine))
    let start = problem.unicodeScalars.prefix(longestProblem)
    return start.endIndex == problem.unicodeScalars.endIndex
      ? problem : String(String.UnicodeScalarView(start)) + "…"
  }

  private static let longestProblem = 400

  private static func wholeProblem(in error: any Error, bytes: [UInt8], isOneLine: Bool) -> String {
    if let error = error as? JSONSyntaxError { return error.problem }
    if let error = error as? RepeatedKey { return "\(error.path) \(error.problem)" }
    guard let error = error as? DecodingError else { return "\(error)" }
    switch error {
    case .keyNotFound(let key, let context):
      return "\(path(context.codingPath + [key])) is missing"
    case .dataCorrupted(let context) where context.codingPath.isEmpty:
      if let problem = syntaxProblem(in: bytes, isOneLine) { return problem }
      // So `JSONDecoder` calls also a document that is JSON, with a number that its type cannot hold; it does not say which.
      return context.debugDescription == "The given data was not valid JSON."
        ? "holds a number that is too large, or not whole where a whole one is expected"
        : context.debugDescription
    case .dataCorrupted(let context):
      return named(context.codingPath, context.debugDescription)
    case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
      let found = try? bytes.withUnsafeBytes { try JSONNode($0) }.value(at: context.codingPath)
      return named(
        context.codingPath,
        "is \(found?.kind ?? "missing"), expected \(DecodingError.kind(of: type))")
    @unknown default:
      return "\(error)"
    }
  }

  private static func named(_ keys: [any CodingKey], _ problem: String) -> String {
    keys.isEmpty ? problem : "\(path(keys)): \(problem)"
  }

  /// The way to a field as people write it: `ocr[2].text`.
  package static func path(_ keys: [any CodingKey]) -> String {
    keys.reduce(into: "") { path, key in
      if let index = key.intValue {
        path += "[\(index)]"
      } else {
        path += path.isEmpty ? key.stringValue : ".\(key.stringValue)"
      }
    }
  }

  /// Where `bytes` stop being JSON, which `JSONDecoder` does not say.
  private static func syntaxProblem(in bytes: [UInt8], _ isOneLine: Bool) -> String? {
    do { _ = try bytes.withUnsafeBytes { try JSONNode($0, isOneLine: isOneLine) } } catch let error
      as JSONSyntaxError
    {
      return error.problem
    } catch {}
    return nil
  }
}
