package import SystemPackage

/// The elements of one long JSON array, or the lines of a JSON Lines file, read one at a time: in memory is the
/// element under way and nothing else of the file, whatever its length.
package enum JSONElements {
  package struct Element {
    /// Counted from 0, empty lines left out.
    package let index: Int
    /// Of JSON Lines, counted from 1.
    package let line: Int?
    /// Or `JSONSyntaxError`, of a line alone, or `RepeatedKey`.
    package let content: Result<JSONNode, any Error>
  }

  package enum Form {
    case array, lines
  }

  /// How long an element may be, in bytes.
  private static let longest = 1 << 28

  /// - Parameter form: nil tells both apart by the first character.
  /// - Throws: `JSONError` where the file cannot be read; `JSONSyntaxError` where an array stops being JSON; `NotAnArray`; and
  ///   what `body` throws.
  package static func visit(
    _ path: FilePath, as form: Form?, _ body: (Element) throws -> Void
  ) throws {
    let file: UnpackedFile
    do { file = try UnpackedFile(path) } catch { throw JSONError.file(error) }
    var first = try file.next()
    try requireUTF8(first)
    switch form ?? guess(first) {
    case .array:
      var array = ArrayReading()
      var unread = 0
      try readJSON {
        var piece = first
        if piece.isEmpty {
          piece = try file.next()
        } else {
          first = UnsafeRawBufferPointer(start: nil, count: 0)
        }
        unread += piece.count
        guard unread <= longest else {
          throw JSONError.content(path, line: nil, problem: tooLong(array.count))
        }
        return piece
      } take: { event in
        guard let (node, repeated) = try array.take(event) else { return }
        unread = 0
        try body(
          Element(
            index: array.count - 1, line: nil, content: repeated.map { .failure($0) } ?? .success(node)))
      }
    case .lines:
      var count = 0
      try file.forEachLine(after: first, limit: longest) { line, number in
        guard line.contains(where: { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\r") }) else { return }
        defer { count += 1 }
        let content = Result { try JSONNode(line, isOneLine: true) }
        try body(Element(index: count, line: number, content: content))
      }
    }
  }

  private static func tooLong(_ index: Int) -> String { "[\(index)] is longer than \(longest >> 20) MiB" }

  /// The first character that is no white space and no byte order mark.
  private static func guess(_ start: UnsafeRawBufferPointer) -> Form {
    let passedOver: [UInt8] = [0xEF, 0xBB, 0xBF] + Array(" \t\r\n".utf8)
    return start.first { !passedOver.contains($0) } == UInt8(ascii: "{") ? .lines : .array
  }

  /// UTF-16 and UTF-32 are recognised by the zeros of their first characters.
  private static func requireUTF8(_ start: UnsafeRawBufferPointer) throws(JSONSyntaxError) {
    guard !start.prefix(4).contains(0), !start.starts(with: [0xFF, 0xFE]), !start.starts(with: [0xFE, 0xFF])
    else {
      throw JSONSyntaxError(problem: "is not UTF-8 but looks like UTF-16 or UTF-32")
    }
  }
}

/// A JSON value that is no array, where one is wanted.
package struct NotAnArray: Error, Equatable {}

/// Makes values of what is in the outermost array.
private struct ArrayReading {
  private var builder = JSONNode.Builder()
  private var isInside = false
  /// Elements that are complete.
  private(set) var count = 0

  mutating func take(_ event: JSONEvent) throws -> (JSONNode, RepeatedKey?)? {
    guard isInside else {
      guard case .listBegin = event else { throw NotAnArray() }
      isInside = true
      return nil
    }
    if builder.isBetweenValues, case .listEnd = event { return nil }
    guard let element = try builder.take(event) else { return nil }
    count += 1
    return element
  }
}
