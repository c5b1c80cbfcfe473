import Storage

/// A two-dimensional array of NumPy's file format, versions 1 to 3 (NEP 1), float16 or float32.
///
/// The file is untrusted: its header is scanned, never evaluated, and the shape that it claims is compared
/// with the bytes that are there before anything is allocated.
struct NPYArray: Sendable, Equatable {
  var rows: Int
  var columns: Int
  /// Row after row.
  var values: [Float]

  struct Malformed: Error, Equatable {
    var reason: String
  }

  init(_ bytes: [UInt8]) throws(Malformed) {
    let (header, start) = try Self.header(of: bytes)
    let size = header.isHalf ? 2 : 4
    let (count, overflow) = header.rows.multipliedReportingOverflow(by: header.columns)
    guard !overflow, count <= bytes.count / size, start + count * size == bytes.count else {
      throw Malformed(
        reason: "claims a shape of (\(header.rows), \(header.columns)) but holds \(bytes.count - start) bytes"
      )
    }
    rows = header.rows
    columns = header.columns
    let stored = bytes[start...].withUnsafeBytes { Self.floats($0, count: count, isHalf: header.isHalf) }
    guard stored.allSatisfy(\.isFinite) else { throw Malformed(reason: "holds numbers that are not finite") }
    values = header.isColumnMajor ? Self.transposed(stored, rows: rows, columns: columns) : stored
  }

  static func header(of bytes: [UInt8]) throws(Malformed) -> (NPYHeader, end: Int) {
    guard bytes.count >= 12, bytes.starts(with: [0x93] + Array("NUMPY".utf8)) else {
      throw Malformed(reason: "is no npy file")
    }
    guard (1...3).contains(bytes[6]) else { throw Malformed(reason: "has npy version \(bytes[6])") }
    // Version 1 has two bytes of length, the others four.
    let start = bytes[6] == 1 ? 10 : 12
    let length = bytes[8..<start].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= bytes.count - start else { throw Malformed(reason: "is cut off in its header") }
    var scanner = NPYHeader.Scanner(bytes[start..<start + length])
    guard let header = scanner.header() else {
      throw Malformed(reason: "has a header that says something else")
    }
    return (try header.get(), start + length)
  }

  static func floats(_ bytes: UnsafeRawBufferPointer, count: Int, isHalf: Bool) -> [Float] {
    if isHalf {
      return (0..<count).map { index in
        let bits = bytes.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self)
        return Float(Float16(bitPattern: UInt16(littleEndian: bits)))
      }
    }
    return (0..<count).map { index in
      let bits = bytes.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self)
      return Float(bitPattern: UInt32(littleEndian: bits))
    }
  }

  private static func transposed(_ values: [Float], rows: Int, columns: Int) -> [Float] {
    (0..<rows).flatMap { row in (0..<columns).map { values[$0 * rows + row] } }
  }
}

/// `{'descr': '<f2', 'fortran_order': False, 'shape': (3, 768), }`
struct NPYHeader: Equatable {
  var isHalf: Bool
  var isColumnMajor: Bool
  var rows: Int
  var columns: Int

  /// Reads the one Python literal that `numpy.save` writes for such an array, in any order of the keys.
  struct Scanner {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    /// Nil when the header is not of this form; a failure when it is, but of an array that is not for us.
    mutating func header() -> Result<NPYHeader, NPYArray.Malformed>? {
      var type: String?
      var isColumnMajor: Bool?
      var shape: [Int]?
      guard take("{") else { return nil }
      while !take("}") {
        guard let key = string(), take(":") else { return nil }
        switch key {
        case "descr" where type == nil: type = string()
        case "fortran_order" where isColumnMajor == nil: isColumnMajor = boolean()
        case "shape" where shape == nil: shape = tuple()
        default: return nil
        }
        guard take(",") || rest.first == UInt8(ascii: "}") else { return nil }
      }
      skipSpace()
      guard rest.isEmpty, let type, let isColumnMajor, let shape else { return nil }
      guard type == "<f2" || type == "<f4" else {
        return .failure(.init(reason: "holds \(quoted(type)), expected float16 or float32"))
      }
      guard shape.count == 2, shape[1] > 0 else {
        return .failure(.init(reason: "has the shape \(shape), expected [frames, dimension]"))
      }
      return .success(
        NPYHeader(isHalf: type == "<f2", isColumnMajor: isColumnMajor, rows: shape[0], columns: shape[1]))
    }

    private mutating func skipSpace() {
      rest = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
    }

    /// Passes over `text`, if it is what comes next, and the space after it.
    private mutating func take(_ text: StaticString) -> Bool {
      skipSpace()
      let isNext = text.withUTF8Buffer { rest.starts(with: $0) }
      guard isNext else { return false }
      rest = rest.dropFirst(text.utf8CodeUnitCount)
      skipSpace()
      return true
    }

    private mutating func string() -> String? {
      let isDouble = take("\"")
      guard isDouble || take("'") else { return nil }
      let quote = UInt8(ascii: isDouble ? "\"" : "'")
      guard let end = rest.firstIndex(of: quote) else { return nil }
      defer {
        rest = rest[(end + 1)...]
        skipSpace()
      }
      return String(validating: rest[..<end], as: UTF8.self)
    }

    private mutating func boolean() -> Bool? { take("True") ? true : take("False") ? false : nil }

    private mutating func tuple() -> [Int]? {
      guard take("(") else { return nil }
      var numbers: [Int] = []
      while !take(")") {
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        // No dimension of ours has more digits, and no product of such overflows unnoticed.
        guard (1...10).contains(digits.count), let number = Int(String(decoding: digits, as: UTF8.self))
        else {
          return nil
        }
        rest = rest.dropFirst(digits.count)
        numbers.append(number)
        guard take(",") || rest.first == UInt8(ascii: ")") else { return nil }
      }
      return numbers
    }
  }
}
