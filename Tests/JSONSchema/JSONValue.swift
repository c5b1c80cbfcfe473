import Foundation

/// Any JSON.
package enum JSONValue: Codable, Equatable, Sendable {
  case null
  case boolean(Bool)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  package init(text: String) throws { self = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)) }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .boolean(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .boolean(let value): try container.encode(value)
    // Written by its digits, as an integer is wherever one is wanted.
    case .number(let value):
      if let whole = Int64(exactly: value) {
        try container.encode(whole)
      } else if let whole = UInt64(exactly: value) {
        try container.encode(whole)
      } else {
        try container.encode(value)
      }
    case .string(let value): try container.encode(value)
    case .array(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }

  /// With what `read` gives in the place of each reference to a file.
  func resolving(_ read: (String) throws -> JSONValue) rethrows -> JSONValue {
    switch self {
    case .array(let values): return .array(try values.map { try $0.resolving(read) })
    case .object(let members):
      if let file = members["$ref"]?.text, file.hasSuffix(".schema.json") {
        return try read(file).resolving(read)
      }
      return .object(try members.mapValues { try $0.resolving(read) })
    case .null, .boolean, .number, .string: return self
    }
  }

  package subscript(key: String) -> JSONValue? {
    if case .object(let members) = self { members[key] } else { nil }
  }

  package var elements: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
  package var members: [String: JSONValue]? { if case .object(let value) = self { value } else { nil } }
  package var text: String? { if case .string(let value) = self { value } else { nil } }
  package var number: Double? { if case .number(let value) = self { value } else { nil } }

  /// The name that JSON Schema has for the kind of value.
  var type: String {
    switch self {
    case .null: "null"
    case .boolean: "boolean"
    case .number: "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }
}
