/// Any JSON value, as it stands: numbers with their digits, members in their order.
package enum JSONNode: Sendable, Equatable {
  case null
  case boolean(Bool)
  case number(String)
  case text(String)
  case list([JSONNode])
  /// Names, each once, and their values.
  case members([String], [JSONNode])

  /// The value of a member; nil where there is none of the name.
  package subscript(name: String) -> JSONNode? {
    guard case .members(let names, let values) = self else { return nil }
    return names.firstIndex(of: name).map { values[$0] }
  }

  /// `a string`, `null`: as what something is that should be something else.
  package var kind: String {
    switch self {
    case .null: "null"
    case .boolean: "a boolean"
    case .number: "a number"
    case .text: "a string"
    case .list: "an array"
    case .members: "an object"
    }
  }

  /// The value in `bytes`.
  /// - Throws: `JSONSyntaxError`; `RepeatedKey` where a name stands twice in an object; `TooManyValues`, before there are.
  /// - Parameters:
  ///   - isOneLine: the text is a line of a file, whose number somebody else names.
  ///   - mostValues: values and names that there may be in it: each takes memory, however short it is.
  package init(_ bytes: UnsafeRawBufferPointer, isOneLine: Bool = false, mostValues: Int = .max) throws {
    var rest: UnsafeRawBufferPointer? = bytes
    var builder = Builder(mostValues: mostValues)
    var result: (JSONNode, RepeatedKey?)?
    try readJSON(isOneLine: isOneLine) {
      rest.take() ?? UnsafeRawBufferPointer(start: nil, count: 0)
    } take: { event in
      if let done = try builder.take(event) { result = done }
    }
    guard let (node, repeated) = result else { preconditionFailure("JSON without a value") }
    if let repeated { throw repeated }
    self = node
  }
}

extension JSONNode {
  /// There are more of them than the reader has room for.
  package struct TooManyValues: Error, Equatable {}
}

/// A name that stands twice in one object. Which of both counts is for readers to choose, and they choose differently.
package struct RepeatedKey: Error, Equatable {
  /// `ocr[2].text`
  package let path: String
  package var problem: String { "stands twice in one object" }
}

extension JSONNode {
  /// Makes values of events.
  struct Builder {
    private struct Level {
      var isObject: Bool
      var names: [String] = []
      var values: [JSONNode] = []
    }

    private var levels: [Level] = []
    private var repeated: RepeatedKey?
    /// As deep as Foundation's decoder goes.
    private static let deepest = 512
    private let mostValues: Int
    /// Values that were begun, and names.
    private var values = 0

    init(mostValues: Int = .max) { self.mostValues = mostValues }

    var isBetweenValues: Bool { levels.isEmpty }

    /// - Returns: the value that is complete with this event, and the first name in it that stands twice.
    mutating func take(_ event: JSONEvent) throws -> (JSONNode, RepeatedKey?)? {
      switch event {
      case .objectEnd, .listEnd: break
      default:
        values += 1
        guard values <= mostValues else { throw TooManyValues() }
      }
      switch event {
      case .null: return add(.null)
      case .boolean(let value): return add(.boolean(value))
      case .number(let digits): return add(.number(digits))
      case .text(let text): return add(.text(text))
      case .key(let name): levels[levels.count - 1].names.append(name)
      case .objectBegin, .listBegin:
        guard levels.count < Self.deepest else {
          throw JSONSyntaxError(problem: "is nested more than \(Self.deepest) deep")
        }
        if case .objectBegin = event {
          levels.append(Level(isObject: true))
        } else {
          levels.append(Level(isObject: false))
        }
      case .objectEnd:
        let level = levels.removeLast()
        if repeated == nil, let name = Self.repetition(in: level.names) {
          repeated = RepeatedKey(path: path(to: name))
        }
        return add(.members(level.names, level.values))
      case .listEnd: return add(.list(levels.removeLast().values))
      }
      return nil
    }

    private mutating func add(_ node: JSONNode) -> (JSONNode, RepeatedKey?)? {
      if levels.isEmpty { return (node, repeated.take()) }
      levels[levels.count - 1].values.append(node)
      return nil
    }

    /// By bytes: names that only look alike are two. An object of a few members is the rule.
    private static func repetition(in names: [String]) -> String? {
      if names.count <= 8 {
        for (place, name) in names.enumerated()
        where names[..<place].contains(where: { $0.utf8.elementsEqual(name.utf8) }) {
          return name
        }
        return nil
      }
      // What we write ourselves is sorted.
      if zip(names, names.dropFirst()).allSatisfy({ $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
        return nil
      }
      let sorted = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      return zip(sorted, sorted.dropFirst()).first { $0.utf8.elementsEqual($1.utf8) }?.0
    }

    /// To a member of the object that was closed just now.
    private func path(to name: String) -> String {
      let steps =
        levels.map { $0.isObject ? ".\($0.names.last ?? "")" : "[\($0.values.count)]" } + [".\(name)"]
      let path = steps.joined()
      return path.hasPrefix(".") ? String(path.dropFirst()) : path
    }
  }
}
