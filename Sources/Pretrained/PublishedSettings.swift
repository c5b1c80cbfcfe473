import Foundation
package import Storage
package import SystemPackage

/// A JSON file of a published model, of which every key has to be understood: what is read, what is held to the one value
/// that is computed here, and what changes no number. The rest refuses the file by the key's name.
package struct PublishedSettings {
  package let path: FilePath
  /// The way to this part of the file, with a dot at its end.
  private let place: String
  private var rest: [String: Value]

  /// - Throws: `JSONError`.
  package init(reading path: FilePath) throws {
    let value: Value
    do { value = try JSONText.read(Value.self, from: path) }
    guard case .object(let members) = value else {
      throw JSONError.content(path, line: nil, problem: "is no JSON object")
    }
    self.init(path, "", members)
  }

  private init(_ path: FilePath, _ place: String, _ members: [String: Value]) {
    self.path = path
    self.place = place
    rest = members
  }

  package func problem(_ key: String, _ reason: String) -> JSONError {
    .content(path, line: nil, problem: "\(place)\(key) \(reason)")
  }

  package func contains(_ key: String) -> Bool { rest[key] != nil }

  /// Whether a member is there and says null, where that is something else than none.
  package func isNull(_ key: String) -> Bool { rest[key] == .some(.null) }

  /// A member that is read; null is as good as none.
  private mutating func take(_ key: String) -> Value? {
    let value = rest.removeValue(forKey: key)
    return value == .null ? nil : value
  }

  package mutating func text(_ key: String) throws -> String? {
    switch take(key) {
    case nil: return nil
    case .text(let text): return text
    default: throw problem(key, "is no text")
    }
  }

  package mutating func number(_ key: String) throws -> Double? {
    switch take(key) {
    case nil: return nil
    case .number(let number): return number
    default: throw problem(key, "is no number")
    }
  }

  package mutating func whole(_ key: String) throws -> Int? {
    guard let number = try number(key) else { return nil }
    guard let whole = Self.whole(number) else { throw problem(key, "is no whole number") }
    return whole
  }

  /// One that sizes and counts can be reckoned with.
  private static func whole(_ number: Double) -> Int? {
    Int(exactly: number).flatMap { $0.magnitude <= 1 << 40 ? $0 : nil }
  }

  package mutating func flag(_ key: String) throws -> Bool? {
    switch take(key) {
    case nil: return nil
    case .flag(let flag): return flag
    default: throw problem(key, "is neither true nor false")
    }
  }

  package mutating func numbers(_ key: String) throws -> [Double]? {
    guard let value = take(key) else { return nil }
    guard case .list(let elements) = value else { throw problem(key, "is no list") }
    return try elements.map {
      guard case .number(let number) = $0 else { throw problem(key, "is no list of numbers") }
      return number
    }
  }

  package mutating func wholes(_ key: String) throws -> [Int]? {
    try numbers(key)?.map {
      guard let whole = Self.whole($0) else { throw problem(key, "is no list of whole numbers") }
      return whole
    }
  }

  package mutating func texts(_ key: String) throws -> [String]? {
    guard let value = take(key) else { return nil }
    guard case .list(let elements) = value else { throw problem(key, "is no list") }
    return try elements.map {
      guard case .text(let text) = $0 else { throw problem(key, "is no list of texts") }
      return text
    }
  }

  /// A length that may also be written as height and width, which have to be the same.
  package mutating func side(_ key: String) throws -> Int? {
    guard case .list? = rest[key] else { return try whole(key) }
    guard let sides = try wholes(key), sides.count == 2, sides[0] == sides[1] else {
      throw problem(key, "is no square")
    }
    return sides[0]
  }

  /// Whether a member has members of its own.
  package func isSection(_ key: String) -> Bool {
    if case .object? = rest[key] { true } else { false }
  }

  package func isList(_ key: String) -> Bool {
    if case .list? = rest[key] { true } else { false }
  }

  /// A member that has members; nil where it is not there or null.
  package mutating func section(_ key: String) throws -> PublishedSettings? {
    switch take(key) {
    case nil: return nil
    case .object(let members): return PublishedSettings(path, "\(place)\(key).", members)
    default: throw problem(key, "is no JSON object")
    }
  }

  /// A text that decides what is computed.
  package mutating func required(_ key: String) throws -> String {
    guard let text = try text(key) else { throw problem(key, "is missing") }
    return text
  }

  package mutating func requiredWhole(_ key: String) throws -> Int {
    guard let number = try whole(key) else { throw problem(key, "is missing") }
    return number
  }

  /// Members that have to be what is computed here, if they are there.
  package mutating func expect(_ key: String, _ wanted: Value..., why: String = "") throws {
    guard let value = take(key), !wanted.contains(value) else { return }
    let known = wanted.map(\.description).joined(separator: " or ")
    throw problem(key, "is \(value), only \(known) is computed here\(why.isEmpty ? "" : ": \(why)")")
  }

  /// Members that change no number of what is computed here.
  package mutating func passOver(_ keys: String...) { for key in keys { rest[key] = nil } }
  package mutating func passOver(where isIdle: (String) -> Bool) { rest = rest.filter { !isIdle($0.key) } }

  /// - Throws: `JSONError` naming the keys that nothing has read.
  package func finish() throws {
    let unknown = rest.filter { $0.value != .null }.keys.sorted()
    guard let first = unknown.first else { return }
    throw problem(
      first,
      "is not understood, and may change what is computed"
        + (unknown.count > 1 ? "; nor are \(unknown.dropFirst().prefix(5).joined(separator: ", "))" : ""))
  }

  package indirect enum Value: Decodable, Sendable, Equatable, CustomStringConvertible {
    case object([String: Value])
    case list([Value])
    case text(String)
    case number(Double)
    case flag(Bool)
    case null

    package init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if container.decodeNil() {
        self = .null
      } else if let flag = try? container.decode(Bool.self) {
        self = .flag(flag)
      } else if let number = try? container.decode(Double.self) {
        self = .number(number)
      } else if let text = try? container.decode(String.self) {
        self = .text(text)
      } else if let list = try? container.decode([Value].self) {
        self = .list(list)
      } else {
        self = .object(try container.decode([String: Value].self))
      }
    }

    package var description: String {
      switch self {
      case .object: "an object"
      case .list(let list): "[\(list.prefix(8).map(\.description).joined(separator: ", "))]"
      case .text(let text): "'\(text.prefix(60))'"
      case .number(let number): Int(exactly: number).map { "\($0)" } ?? "\(number)"
      case .flag(let flag): "\(flag)"
      case .null: "null"
      }
    }
  }
}

extension PublishedSettings.Value: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByNilLiteral
{
  package init(stringLiteral text: String) { self = .text(text) }
  package init(booleanLiteral flag: Bool) { self = .flag(flag) }
  package init(integerLiteral number: Int) { self = .number(Double(number)) }
  package init(floatLiteral number: Double) { self = .number(number) }
  package init(nilLiteral: ()) { self = .null }
}
