import Foundation
import Storage

/// A JSON object whose numbers keep their kind: `4.0` and `4` are two things to those who read it.
struct ExportedSettings {
  private var members: [String: String] = [:]

  subscript(_ key: String) -> Literal? {
    get { members[key].map(Literal.init) }
    set { members[key] = newValue?.text }
  }

  mutating func merge(_ other: KeyValuePairs<String, Literal>) {
    for (key, literal) in other { self[key] = literal }
  }

  var literal: Literal {
    let lines = members.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value)" }
    return Literal(text: "{\(lines.joined(separator: ", "))}")
  }

  /// A document, a line for each member.
  var bytes: [UInt8] {
    let lines = members.sorted { $0.key < $1.key }.map { "  \"\($0.key)\": \($0.value)" }
    return Array("{\n\(lines.joined(separator: ",\n"))\n}\n".utf8)
  }

  struct Literal {
    let text: String

    static func whole(_ number: Int) -> Literal { Literal(text: "\(number)") }
    static func real(_ number: Double) -> Literal { Literal(text: "\(number)") }
    static func wholes(_ numbers: [Int]) -> Literal { Literal(text: "\(numbers)") }
    static func reals(_ numbers: [Double]) -> Literal { Literal(text: "\(numbers)") }
    static func flag(_ flag: Bool) -> Literal { Literal(text: "\(flag)") }
    static func word(_ word: String) -> Literal {
      Literal(text: String(decoding: JSONText.encode(word), as: UTF8.self))
    }
    static func words(_ words: [String]) -> Literal {
      Literal(text: "[\(words.map { word($0).text }.joined(separator: ", "))]")
    }
  }
}
