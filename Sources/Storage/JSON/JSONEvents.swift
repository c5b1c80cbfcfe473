import CJSON

/// What stands in a JSON text, one after the other.
enum JSONEvent {
  case null
  case boolean(Bool)
  /// Its digits.
  case number(String)
  case text(String)
  /// The name of the value that follows.
  case key(String)
  case objectBegin, objectEnd, listBegin, listEnd
}

/// Why a text is no JSON.
package struct JSONSyntaxError: Error, Equatable {
  /// From 1; nil where it is not known.
  package let line: Int?
  /// `not JSON: … (line 2)`
  package let problem: String

  init(line: Int? = nil, problem: String) {
    self.line = line
    self.problem = problem
  }

  /// - Parameter isOneLine: the text is a line of a file, whose number somebody else names.
  fileprivate init(_ problem: cjson_problem, isOneLine: Bool) {
    let reason = withUnsafeBytes(of: problem.reason) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    let line = problem.line > 0 ? Int(problem.line) : nil
    let places = [isOneLine ? nil : line.map { "line \($0)" }, line.map { _ in "byte \(problem.byte)" }]
      .compactMap(\.self)
    let place = places.isEmpty ? "" : " (\(places.joined(separator: ", ")))"
    self.init(line: line, problem: (problem.is_utf8 ? "not JSON: \(reason)" : "is not UTF-8") + place)
  }
}

/// Goes through one JSON value without keeping anything of it.
/// - Parameters:
///   - more: the next piece of the text, valid until the next call; empty at the end.
///   - isOneLine: the text is a line of a file, whose number somebody else names.
/// - Throws: `JSONSyntaxError`, and what the closures throw, which ends the reading.
func readJSON(
  isOneLine: Bool = false, more: () throws -> UnsafeRawBufferPointer, take: (JSONEvent) throws -> Void
) throws {
  try withoutActuallyEscaping(more) { more in
    try withoutActuallyEscaping(take) { take in
      let reading = Reading(more: more, take: take)
      var problem = cjson_problem()
      let status = cjson_parse(
        { context, piece in Reading.from(context).more(piece) },
        { context, event, text, count in Reading.from(context).take(event, text, count) },
        Unmanaged.passUnretained(reading).toOpaque(), &problem)
      if let error = reading.error { throw error }
      switch status {
      case CJSON_DONE: return
      case CJSON_OUT_OF_MEMORY: throw JSONSyntaxError(problem: "does not fit into memory")
      default: throw JSONSyntaxError(problem, isOneLine: isOneLine)
      }
    }
  }
}

/// The two closures as C sees them. What they throw is kept until C is left.
private final class Reading {
  private let next: () throws -> UnsafeRawBufferPointer
  private let give: (JSONEvent) throws -> Void
  private(set) var error: (any Error)?

  init(more: @escaping () throws -> UnsafeRawBufferPointer, take: @escaping (JSONEvent) throws -> Void) {
    (next, give) = (more, take)
  }

  static func from(_ context: UnsafeMutableRawPointer?) -> Reading {
    guard let context else { preconditionFailure("the parser lost its context") }
    return Unmanaged<Reading>.fromOpaque(context).takeUnretainedValue()
  }

  func more(_ piece: UnsafeMutablePointer<UnsafePointer<CChar>?>?) -> Int {
    do {
      let bytes = try next()
      piece?.pointee = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
      return bytes.count
    } catch {
      self.error = error
      return 0
    }
  }

  func take(_ event: cjson_event, _ text: UnsafePointer<CChar>?, _ count: Int) -> Bool {
    if error != nil { return false }
    func content() -> String {
      String(decoding: UnsafeRawBufferPointer(start: text, count: count), as: UTF8.self)
    }
    do {
      switch event {
      case CJSON_NULL: try give(.null)
      case CJSON_FALSE: try give(.boolean(false))
      case CJSON_TRUE: try give(.boolean(true))
      case CJSON_NUMBER: try give(.number(content()))
      case CJSON_STRING: try give(.text(content()))
      case CJSON_KEY: try give(.key(content()))
      case CJSON_OBJECT_BEGIN: try give(.objectBegin)
      case CJSON_OBJECT_END: try give(.objectEnd)
      case CJSON_ARRAY_BEGIN: try give(.listBegin)
      default: try give(.listEnd)
      }
      return true
    } catch {
      self.error = error
      return false
    }
  }
}
