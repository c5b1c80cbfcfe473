import Foundation
import Storage
import SystemPackage
import Testing

@Suite struct JSONTests {
  struct Row: Codable, Equatable {
    var name: String
    var values: [Double]
  }

  let path: FilePath

  init() {
    path = FilePath(NSTemporaryDirectory()).appending("framewise-\(UUID().uuidString).jsonl")
  }

  private func clean() { try? FileManager.default.removeItem(atPath: path.string) }

  private func problem(_ text: String) throws -> JSONError? {
    try AtomicFile.write(text, to: path)
    do throws(JSONError) {
      _ = try JSONLines.read(Row.self, from: path)
      return nil
    } catch {
      return error
    }
  }

  @Test("A document of more values and names than its reader has room for is not read to its end")
  func mostValues() throws {
    func read(_ text: String, most: Int) throws -> JSONNode {
      try Array(text.utf8).withUnsafeBytes { try JSONNode($0, mostValues: most) }
    }
    // An object, a name, a list, two numbers, a name, an empty object.
    let text = #"{"a": [1, 2], "b": {}}"#
    #expect(try read(text, most: 7) == read(text, most: .max))
    #expect(throws: JSONNode.TooManyValues.self) { try read(text, most: 6) }
    // What follows is not even looked at.
    #expect(throws: JSONNode.TooManyValues.self) { try read("[1, 2, 3, no JSON", most: 3) }
  }

  @Test("Equal values are equal bytes, keys sorted, a line each")
  func lines() throws {
    defer { clean() }
    let rows = [Row(name: "a/é\n", values: [1, 0.1]), Row(name: "", values: [])]
    try JSONLines.write(rows, to: path)
    let text = String(decoding: try Files.read(path), as: UTF8.self)
    #expect(text == "{\"name\":\"a/é\\n\",\"values\":[1,0.1]}\n{\"name\":\"\",\"values\":[]}\n")
    #expect(try JSONLines.read(Row.self, from: path) == rows)
  }

  @Test("Characters that steer terminals are written as escapes, which mean the same; all others as they are")
  func controls() throws {
    let text = "\u{1B}\u{7F}\u{85}\u{9B}\u{200D}\u{202E}\u{2028}\u{FEFF}\u{E0001}é两\u{1F469}"
    let json = JSONText.encode([text])
    #expect(
      String(decoding: json, as: UTF8.self)
        == #"["\u001b\u007f\u0085\u009b\u200d\u202e\u2028\ufeff\udb40\udc01é两👩"]"#)
    #expect(try JSONText.decode([String].self, from: json) == [text])
  }

  @Test("Empty lines and a missing last newline are no rows")
  func emptyLines() throws {
    defer { clean() }
    try AtomicFile.write("\r\n{\"name\":\"a\",\"values\":[]}\r\n\n {\"name\":\"b\",\"values\":[]}", to: path)
    #expect(try JSONLines.read(Row.self, from: path).map(\.name) == ["a", "b"])
  }

  @Test("An error names file, line and field")
  func errors() throws {
    defer { clean() }
    let row = "{\"name\":\"a\",\"values\":[]}\n"
    let type = try problem(row + "\n{\"name\":\"a\",\"values\":[1,\"x\"]}\n")
    #expect(type?.description.hasPrefix("\(path):3: values[1]: ") == true)
    #expect(try problem(row + "{\"name\":\"a\"}\n")?.description == "\(path):2: values is missing")
    #expect(try problem(row + "{\"name\":\n")?.description.hasPrefix("\(path):2: not JSON: ") == true)
    #expect(try problem(row + "{}")?.kind == .badData)
  }

  @Test("A file that is not there is missing input")
  func missing() {
    let error = #expect(throws: JSONError.self) { try JSONLines.read(Row.self, from: path) }
    #expect(error?.kind == .missingInput)
  }

  @Test("A key that stands twice is refused: the first is taken here, the last elsewhere")
  func repeatedKeys() throws {
    struct Settings: Codable { var rate: Double }
    defer { clean() }
    try AtomicFile.write("{\"rate\": 1, \"rate\": 2}", to: path)
    for read in [
      { _ = try JSONText.read(Settings.self, from: path) },
      { _ = try JSONText.readSettings(Settings.self, from: path) },
    ] {
      let error = #expect(throws: JSONError.self) { try read() }
      #expect(error?.description == "\(path): rate stands twice in one object")
    }
    let many = (0..<20).map { "\"k\($0)\": 0" }.joined(separator: ",")
    let error = #expect(throws: RepeatedKey.self) {
      try JSONText.decode(
        [String: [[String: Int]]].self, from: Array("{\"a\": [{}, {\(many), \"k7\": 1}]}".utf8))
    }
    #expect(error?.path == "a[1].k7")
  }

  private struct Document: Codable {
    var rows: [[Int]]
    var names: [String: String]
    var isWhole: Bool
  }

  @Test(
    "What is another kind of value than is asked for is told by both kinds, and by its field",
    arguments: [
      ("[]", "is an array, expected an object"), ("null", "is null, expected an object"),
      (#"{"rows": {}}"#, "rows: is an object, expected an array"),
      (#"{"rows": [[1], [2, "x"]]}"#, "rows[1][1]: is a string, expected a whole number"),
      (#"{"rows": [[1.5]]}"#, "holds a number that is too large, or not whole where a whole one is expected"),
      (#"{"rows": [], "names": ["a"]}"#, "names: is an array, expected an object"),
      (#"{"rows": [], "names": {"a": 3}}"#, "names.a: is a number, expected a string"),
      (#"{"rows": [], "names": {}, "isWhole": 1}"#, "isWhole: is a number, expected true or false"),
      (#"{"rows": [], "names": {}, "isWhole": null}"#, "isWhole: is null, expected true or false"),
    ])
  func kinds(text: String, problem: String) throws {
    defer { clean() }
    try AtomicFile.write(text, to: path)
    let read = #expect(throws: JSONError.self) { try JSONText.read(Document.self, from: path) }
    #expect(read?.description == "\(path): \(problem)")
    let settings = #expect(throws: JSONError.self) { try JSONText.readSettings(Document.self, from: path) }
    #expect(settings?.description == "\(path): \(problem)")
    let line = #expect(throws: JSONError.self) { try JSONLines.read(Document.self, from: path) }
    #expect(line?.description == "\(path):1: \(problem)")
    let list = #expect(throws: JSONError.self) {
      try AtomicFile.write("{}", to: path)
      return try JSONText.read([Document].self, from: path)
    }
    #expect(list?.description == "\(path): is an object, expected an array")
  }
}
