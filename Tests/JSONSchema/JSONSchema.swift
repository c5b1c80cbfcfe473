import Foundation

/// The part of JSON Schema (draft 2020-12) that the schemas in `data-schemas` use.
///
/// A keyword that is not known here is a problem, not passed over: a misspelt one would check nothing.
package struct JSONSchema {
  private let root: JSONValue

  package init(_ root: JSONValue) { self.root = root }

  /// What in `value` does not fit, a line each; empty when all does.
  package func problems(in value: JSONValue) -> [String] { problems(value, root, at: "$") }

  private func problems(_ value: JSONValue, _ schema: JSONValue, at path: String) -> [String] {
    guard let keywords = schema.members else {
      return schema == .boolean(true) ? [] : ["\(path): nothing is allowed here"]
    }
    return keywords.sorted { $0.key < $1.key }.flatMap { keyword, argument in
      check(value, keyword, argument, keywords, at: path)
    }
  }

  private func check(
    _ value: JSONValue, _ keyword: String, _ argument: JSONValue, _ keywords: [String: JSONValue],
    at path: String
  ) -> [String] {
    func unless(_ isFine: Bool) -> [String] { isFine ? [] : ["\(path): \(value) breaks \(keyword)"] }
    switch keyword {
    case "$schema", "$defs", "title", "description": return []
    case "$ref":
      return reference(argument).map { problems(value, $0, at: path) } ?? ["\(path): dangling $ref"]
    case "oneOf":
      let matches = (argument.elements ?? []).filter { problems(value, $0, at: path).isEmpty }
      return matches.count == 1 ? [] : ["\(path): \(value) fits \(matches.count) of the choices"]
    case "type": return unless((argument.elements ?? [argument]).contains { isOfType(value, $0.text ?? "") })
    case "enum": return unless(argument.elements?.contains(value) == true)
    case "const": return unless(argument == value)
    case "minimum": return unless(compare(value.number, argument.number, >=))
    case "maximum": return unless(compare(value.number, argument.number, <=))
    case "exclusiveMinimum": return unless(compare(value.number, argument.number, >))
    case "exclusiveMaximum": return unless(compare(value.number, argument.number, <))
    case "minLength":
      return unless(compare(value.text.map { Double($0.unicodeScalars.count) }, argument.number, >=))
    case "maxLength":
      return unless(compare(value.text.map { Double($0.unicodeScalars.count) }, argument.number, <=))
    case "minItems": return unless(compare(value.elements.map { Double($0.count) }, argument.number, >=))
    case "maxItems": return unless(compare(value.elements.map { Double($0.count) }, argument.number, <=))
    case "pattern": return unless(value.text.map { matches($0, argument.text ?? "") } ?? true)
    case "required":
      guard let members = value.members else { return [] }
      return (argument.elements ?? []).compactMap(\.text).filter { members[$0] == nil }
        .map { "\(path): \($0) is missing" }
    case "items":
      return (value.elements ?? []).enumerated().flatMap { problems($1, argument, at: "\(path)[\($0)]") }
    case "properties", "patternProperties", "additionalProperties":
      guard keyword == keywords.keys.filter(Self.memberKeywords.contains).min() else { return [] }
      return members(of: value, keywords, at: path)
    default: return ["\(path): the schema's keyword \(keyword) is unknown"]
    }
  }

  private static let memberKeywords: Set = ["properties", "patternProperties", "additionalProperties"]

  /// The three keywords decide together which schemas a member has to fit.
  private func members(of value: JSONValue, _ keywords: [String: JSONValue], at path: String) -> [String] {
    (value.members ?? [:]).sorted { $0.key < $1.key }.flatMap { name, member -> [String] in
      var schemas = [keywords["properties"]?[name]].compactMap(\.self)
      for (pattern, schema) in keywords["patternProperties"]?.members ?? [:] where matches(name, pattern) {
        schemas.append(schema)
      }
      if schemas.isEmpty, let rest = keywords["additionalProperties"] { schemas.append(rest) }
      return schemas.flatMap { problems(member, $0, at: "\(path).\(name)") }
    }
  }

  /// `#/$defs/name`
  private func reference(_ argument: JSONValue) -> JSONValue? {
    guard let steps = argument.text?.split(separator: "/"), steps.first == "#" else { return nil }
    return steps.dropFirst().reduce(root) { $0?[String($1)] }
  }

  private func isOfType(_ value: JSONValue, _ type: String) -> Bool {
    if type == "integer" { return value.number.map { $0 == $0.rounded() } ?? false }
    return value.type == type
  }

  /// A limit concerns the values that it can measure, and no others.
  private func compare(_ value: Double?, _ limit: Double?, _ isFine: (Double, Double) -> Bool) -> Bool {
    guard let limit else { return false }
    return value.map { isFine($0, limit) } ?? true
  }

  private func matches(_ text: String, _ pattern: String) -> Bool {
    guard let expression = try? NSRegularExpression(pattern: pattern) else { return false }
    return expression.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)) != nil
  }
}
