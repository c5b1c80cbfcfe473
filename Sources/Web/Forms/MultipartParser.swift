import Glibc

/// Takes `multipart/form-data` (RFC 7578, RFC 2046) apart as it comes, keeping no more of it than a boundary or the headers
/// of one part are long.
///
/// Strict: nothing but a line end may precede the first boundary or follow the last one, every part says its name, and
/// headers have their bounds. What browsers, curl and the usual libraries send is all understood.
struct MultipartParser {
  enum Event: Equatable {
    case part(Part)
    case bytes([UInt8])
    case partEnd
  }

  struct Part: Equatable {
    let name: String
    /// As the sender calls its file; nil for a text.
    let fileName: String?
    /// In lower case, without parameters; nil where it is not said.
    let contentType: String?
  }

  struct Problem: Error, Equatable {
    let description: String
    init(_ description: String) { self.description = description }
  }

  static let headerBytes = 8 << 10
  private static let paddingBytes = 64

  private enum Place {
    /// Before the first boundary.
    case start
    /// Behind a boundary.
    case boundaryEnd
    case headers
    case content
    /// Behind the last boundary.
    case end
  }

  /// `\r\n--boundary`
  private let delimiter: [UInt8]
  private var place = Place.start
  /// What cannot be told yet. A line end is put before the body, so that its first boundary is like the others.
  private var rest: [UInt8] = [0x0D, 0x0A]

  /// - Parameter contentType: the header of the request.
  /// - Throws: where that names no boundary.
  init(contentType: HeaderValue) throws(Problem) {
    guard let boundary = contentType.parameters["boundary"], 1...70 ~= boundary.utf8.count,
      boundary.utf8.allSatisfy(Self.isBoundaryByte), boundary.last != " "
    else { throw Problem("Content-Type names no boundary of 1 to 70 letters, digits and '()+_,-./:=? ") }
    delimiter = Array("\r\n--\(boundary)".utf8)
  }

  private static func isBoundaryByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"):
      true
    default: "'()+_,-./:=? ".utf8.contains(byte)
    }
  }

  /// - Parameter take: is told what there is in `bytes`, and may throw.
  /// - Throws: `Problem`, and what `take` throws.
  mutating func read(_ bytes: some Sequence<UInt8>, _ take: (Event) throws -> Void) throws {
    rest += bytes
    while try step(take) {}
  }

  /// To be called when all has been read.
  func finish() throws(Problem) {
    guard case .end = place else { throw Problem("the form ends before its last boundary") }
  }

  /// - Returns: whether there may be more to do with what is here.
  private mutating func step(_ take: (Event) throws -> Void) throws -> Bool {
    switch place {
    case .start:
      // The line end of our own makes a second one of the sender's.
      if rest.starts(with: [0x0D, 0x0A, 0x0D, 0x0A]) { rest.removeFirst(2) }
      guard rest.count >= delimiter.count + 2 else {
        guard delimiter.starts(with: rest.prefix(delimiter.count)) || rest.count < 4 else { throw noBoundary }
        return false
      }
      guard rest.starts(with: delimiter) else { throw noBoundary }
      rest.removeFirst(delimiter.count)
      place = .boundaryEnd
    case .boundaryEnd:
      guard rest.count >= 2 else { return false }
      if rest.starts(with: [0x2D, 0x2D]) {
        rest.removeFirst(2)
        place = .end
        return true
      }
      guard let end = Self.find([0x0D, 0x0A], in: rest) else {
        try requirePadding(rest.last == 0x0D ? rest.dropLast() : rest[...])
        return false
      }
      try requirePadding(rest[..<end])
      // The line end stays, so that no headers at all look as some do.
      rest.removeFirst(end)
      place = .headers
    case .headers:
      guard let end = Self.find([0x0D, 0x0A, 0x0D, 0x0A], in: rest), end <= Self.headerBytes else {
        guard rest.count <= Self.headerBytes else {
          throw Problem("the headers of a part have more than \(Self.headerBytes) bytes")
        }
        return false
      }
      let part = try Part(headers: rest[..<end])
      rest.removeFirst(end + 4)
      place = .content
      try take(.part(part))
    case .content:
      guard let end = Self.find(delimiter, in: rest) else {
        let safe = rest.count - (delimiter.count - 1)
        guard safe > 0 else { return false }
        let bytes = Array(rest[..<safe])
        rest.removeFirst(safe)
        try take(.bytes(bytes))
        return false
      }
      if end > 0 { try take(.bytes(Array(rest[..<end]))) }
      rest.removeFirst(end + delimiter.count)
      place = .boundaryEnd
      try take(.partEnd)
    case .end:
      guard [[], [0x0D], [0x0D, 0x0A]].contains(rest) else {
        throw Problem("something follows the last boundary")
      }
      return false
    }
    return true
  }

  private var noBoundary: Problem { Problem("the form does not begin with its boundary") }

  /// Spaces may follow a boundary.
  private func requirePadding(_ bytes: ArraySlice<UInt8>) throws(Problem) {
    guard bytes.count <= Self.paddingBytes, bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) else {
      throw Problem("something follows a boundary in its line")
    }
  }

  /// Where `needle` begins first.
  private static func find(_ needle: [UInt8], in bytes: [UInt8]) -> Int? {
    bytes.withUnsafeBytes { bytes in
      needle.withUnsafeBytes { needle in
        guard let base = bytes.baseAddress, let wanted = needle.baseAddress else { return nil }
        var start = 0
        // The C library looks for the first byte faster than a loop does.
        while start + needle.count <= bytes.count,
          let found = memchr(base + start, Int32(needle[0]), bytes.count - needle.count + 1 - start)
        {
          start = UnsafeRawPointer(found) - base
          if memcmp(found, wanted, needle.count) == 0 { return start }
          start += 1
        }
        return nil
      }
    }
  }
}

extension MultipartParser.Part {
  /// - Parameter headers: with a line end before each.
  init(headers: ArraySlice<UInt8>) throws(MultipartParser.Problem) {
    guard let text = String(validating: headers, as: UTF8.self) else {
      throw MultipartParser.Problem("the headers of a part are not UTF-8")
    }
    var values: [String: String] = [:]
    for line in text.split(separator: "\r\n", omittingEmptySubsequences: true) {
      guard let colon = line.firstIndex(of: ":"), line.first != " ", line.first != "\t",
        !line.unicodeScalars.contains(where: { $0.value < 0x20 && $0 != "\t" })
      else { throw MultipartParser.Problem("a header of a part is malformed") }
      let name = String(line[..<colon]).lowercased()
      guard values.updateValue(String(line[line.index(after: colon)...]), forKey: name) == nil else {
        throw MultipartParser.Problem("a header of a part stands twice")
      }
    }
    guard let disposition = values["content-disposition"].flatMap(HeaderValue.init),
      disposition.value == "form-data", let name = disposition.parameters["name"]
    else { throw MultipartParser.Problem("a part does not say form-data and its name") }
    let encoding = values["content-transfer-encoding"]?.trimmed.lowercased() ?? "binary"
    guard ["7bit", "8bit", "binary"].contains(encoding) else {
      throw MultipartParser.Problem("the part \(name.debugDescription) is encoded; send it as it is")
    }
    self.init(
      name: name, fileName: disposition.parameters["filename"],
      contentType: values["content-type"].flatMap(HeaderValue.init)?.value)
  }
}
