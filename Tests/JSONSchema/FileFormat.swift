import Foundation

/// A format in `data-schemas`: `<name>.schema.json` and the example of it, `examples/<name>.json`.
///
/// Where a schema refers to another file, `"$ref": "backbone.schema.json"`, that one's content takes the place.
///
/// A test of one is a line: `#expect(try FileFormat("dataset").problems(as: DatasetDescription.self) == [])`.
package struct FileFormat {
  package let schema: JSONValue
  package let example: JSONValue

  package init(_ name: String) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "data-schemas")
    func read(_ path: String) throws -> JSONValue {
      try JSONDecoder().decode(JSONValue.self, from: Data(contentsOf: folder.appending(path: path)))
    }
    schema = try read("\(name).schema.json").resolving { try read($0) }
    example = try read("examples/\(name).json")
  }

  /// What keeps schema, example and `Value` from saying the same, a line each; empty when they do:
  /// the example fits the schema, is a `Value`, comes back from it fitting the schema and the same, and is
  /// no `Value` any more without one of the keys that the schema requires.
  package func problems<Value: Codable & Equatable>(as type: Value.Type) throws -> [String] {
    try problems { try JSONDecoder().decode(type, from: JSONEncoder().encode($0)) }
  }

  /// The same of what is not read by a decoder.
  package func problems<Value: Encodable & Equatable>(reading decode: (JSONValue) throws -> Value) throws
    -> [String]
  {
    let schema = JSONSchema(schema)
    var problems = schema.problems(in: example)
    let value = try decode(example)
    let written = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(value))
    problems += schema.problems(in: written).map { "written: \($0)" }
    if try decode(written) != value { problems.append("what is written is read back as another value") }
    for (key, incomplete) in withoutRequired(example) where (try? decode(incomplete)) != nil {
      problems.append("\(key) is required by the schema alone")
    }
    return problems
  }

  /// The values that the schema names for a property of the top level.
  package func choices(of property: String) -> [String] {
    (schema["properties"]?[property]?["enum"]?.elements ?? []).compactMap(\.text)
  }

  private func withoutRequired(_ value: JSONValue) -> [(String, JSONValue)] {
    guard var members = value.members else { return [] }
    return (schema["required"]?.elements ?? []).compactMap(\.text).map { key in
      let member = members.removeValue(forKey: key)
      defer { members[key] = member }
      return (key, .object(members))
    }
  }
}
