import Storage
import SystemPackage
import Testing

@testable import Dataset

@Suite struct AnnotationFileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func read(_ text: String) throws -> [Annotation] {
    try AnnotationFile.read(try folder.file("a.json", text)) { _ in }
  }

  @Test("What the challenge's files hold is read as it stands")
  func usual() throws {
    let text = """
      [{"id": "7705250034096183679", "title": "新浪财经", "asr": "你好", "ocr": [{"time": 0, "text": "盘前"},
      {"time": 2.5, "text": "搬运必究"}], "category_id": "0203"}]
      """
    let onScreen = [OnScreenText(time: 0, text: "盘前"), OnScreenText(time: 2.5, text: "搬运必究")]
    #expect(
      try read(text) == [
        Annotation(
          id: "7705250034096183679", title: "新浪财经", speech: "你好", onScreenText: onScreen, category: "0203")
      ])
  }

  @Test(
    "Text that is missing, null or empty is no text",
    arguments: [
      "", ", \"title\": null, \"asr\": null, \"ocr\": null, \"category_id\": null",
      ", \"title\": \"\", \"ocr\": \"\"", ", \"ocr\": [], \"extra\": {\"deep\": [1, 2]}",
    ])
  func tolerant(fields: String) throws {
    #expect(try read("[{\"id\": \"a\"\(fields)}]") == [Annotation(id: "a")])
  }

  @Test("On-screen text without time or text, or as one string, is taken as it is")
  func tolerantOnScreenText() throws {
    let text = """
      [{"id": "a", "ocr": [{"text": "x"}, {"time": 3}, {"time": null, "text": null}]}, {"id": "b", "ocr": "y"}]
      """
    let annotations = try read(text)
    #expect(annotations[0].onScreenText.map(\.text) == ["x", "", ""])
    #expect(annotations[0].onScreenText.map(\.time) == [0, 3, 0])
    #expect(annotations[1].onScreenText == [OnScreenText(time: 0, text: "y")])
  }

  @Test("An integer id is its digits, all of them")
  func numericID() throws {
    #expect(
      try read("[{\"id\": 9223372036854775807}, {\"id\": 18446744073709551615}, {\"id\": 7}]").map(\.id)
        == ["9223372036854775807", "18446744073709551615", "7"])
  }

  @Test("A byte order mark is passed over, and an empty array is no annotations")
  func bom() throws {
    #expect(try read("\u{FEFF}[{\"id\": \"a\"}]").map(\.id) == ["a"])
    #expect(try read("[]") == [])
  }

  @Test(
    "Each refusal names the element, the id and the field",
    arguments: [
      ("{\"id\": \"a\"}", "a.json: is not a JSON array of annotations"),
      ("\"text\"", "a.json: is not a JSON array"),
      ("", "a.json: not JSON"),
      ("[{\"id\": \"a\"},\n{\"id\" \"b\"}]", "(line 2, byte 9)"),
      ("[{\"id\": \"a\"}, 3]", "a.json[1]: has the wrong type"),
      ("[{\"id\": \"a\"}, null]", "a.json[1]"),
      ("[{\"title\": \"x\"}]", "a.json[0], id: is missing"),
      ("[{\"id\": null}]", "a.json[0], id: is null"),
      ("[{\"id\": 1.5}]", "a.json[0], id: is a number that is not exact"),
      ("[{\"id\": 123456789012345678901234567890}]", "a.json[0], id: is a number that is not exact"),
      ("[{\"id\": [\"a\"]}]", "a.json[0], id: has the wrong type"),
      ("[{\"id\": \"a\", \"title\": 3}]", "a.json[0], id \"a\", title: has the wrong type"),
      ("[{\"id\": \"a\", \"ocr\": 3}]", "a.json[0], id \"a\", ocr: has the wrong type"),
      (
        "[{\"id\": \"a\", \"ocr\": [{}, {\"time\": \"x\"}]}]",
        "a.json[0], id \"a\", ocr[1].time: has the wrong type"
      ),
      ("[{\"id\": \"a\", \"category_id\": 203}]", "category_id: is a number, which loses leading zeros"),
      ("[{\"id\": \"a\", \"category_id\": \"203\"}]", "category_id: is \"203\", expected four digits"),
      ("[{\"id\": \"a\", \"category_id\": \"٠٢٠٣\"}]", "expected four digits"),
      ("[{\"id\": \"a\", \"category_id\": \"\"}]", "expected four digits"),
      (
        "[{\"id\": \"a\"}, {\"id\": \"b\"}, {\"id\": \"a\"}]",
        "a.json[2], id \"a\", id: is already that of [0]"
      ),
      ("[{\"id\": 7}, {\"id\": \"7\"}]", "is already that of [0]"),
      ("[{\"id\": \"\u{E9}\"}, {\"id\": \"e\u{301}\"}]", "is already that of [0]"),
      (
        "[{\"id\": \"a\"}, {\"id\": \"b\", \"title\": \"x\", \"title\": \"y\"}]",
        "a.json[1], title: stands twice"
      ),
      (
        "[{\"id\": \"a\", \"ocr\": [{}, {\"text\": \"x\", \"te\\u0078t\": \"y\"}]}]",
        "ocr[1].text: stands twice"
      ),
      ("[{\"id\": \"a\", \"x\": {\"y\": 1, \"y\": 1}}]", "x.y: stands twice"),
      ("[{\"id\": \"a\"}] []", "a.json: not JSON"),
      ("[{\"id\": \"a\"}", "a.json: not JSON"),
      ("[{\"id\": \"\\ud800\"}]", "a.json: not JSON"),
      (String(repeating: "[", count: 3000), "nested more than 512 deep"),
    ])
  func refused(text: String, message: String) throws {
    let error = #expect(throws: DatasetError.self) { try read(text) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("\n") == false)
    #expect(error?.kind == .badData)
  }

  @Test(
    "Bytes that are not UTF-8 are refused where they are",
    arguments: [
      (Array("[{\"id\":\n\"".utf8) + [0xC3, 0x28] + Array("\"}]".utf8), "is not UTF-8 (line 2, byte 3)"),
      ([0xFF, 0xFE, 0x5B, 0x00, 0x5D, 0x00], "UTF-16"), ([0x5B, 0x00, 0x5D, 0x00], "UTF-16"),
      (Array("[{\"id\":\"".utf8) + [0xB0, 0xA1], "not UTF-8"),
    ] as [([UInt8], String)])
  func encoding(bytes: [UInt8], message: String) throws {
    let path = try folder.file("a.json", bytes)
    let error = #expect(throws: DatasetError.self) { try AnnotationFile.read(path) { _ in } }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test("A file that is not there is missing input")
  func missing() {
    let error = #expect(throws: DatasetError.self) {
      try AnnotationFile.read(folder.path.appending("none.json")) { _ in }
    }
    #expect(error?.kind == .missingInput)
  }

  @Test("What is written is read back the same")
  func roundTrip() throws {
    let annotations = [
      Annotation(id: "a.b c", title: "\"\n/", onScreenText: [.init(time: 1, text: "é")], category: "0001"),
      Annotation(id: "b"),
    ]
    let path = folder.path.appending("b.json")
    try AnnotationFile.write(annotations, to: path)
    #expect(try AnnotationFile.read(path) { Issue.record("\($0)") } == annotations)
  }

  @Test("The fingerprint tells lists of ids apart, and their order")
  func fingerprint() {
    #expect(AnnotationFile.fingerprint(["a", "b"]) != AnnotationFile.fingerprint(["b", "a"]))
    #expect(AnnotationFile.fingerprint(["a", "b"]) != AnnotationFile.fingerprint(["ab"]))
    #expect(AnnotationFile.fingerprint([]) == "cbf29ce484222325")
    #expect(AnnotationFile.fingerprint(["a", "b"]) == "ab40d7820d408076")
  }
}

@Suite struct VideoIDTests {
  @Test(
    "Usual ids are ids",
    arguments: ["7705250034096183679", "a.b", "-dQw4w9WgXcQ", "新闻 1", "...", ".hidden", "a'b;c$(d)", "%2E"])
  func valid(id: String) { #expect(VideoID.problem(with: id) == nil) }

  @Test(
    "What could name another file or break a line is none",
    arguments: [
      "", ".", "..", "../a", "/etc/passwd", "a/b", "a\\b", "a\0", "a\nb", "a\r", "\u{7F}", "\u{85}",
      "\u{2028}", "a,b",
      "a\"b", " a", "a ", "\u{3000}a", String(repeating: "长", count: 67),
    ])
  func invalid(id: String) { #expect(VideoID.problem(with: id) != nil) }

  @Test("A member's name gives back every id, and no two ids share one")
  func memberNames() throws {
    let ids = ["a.b", "a%2Eb", "a%b", "新闻 1", "...", "-x", "A", "a", "é", "~"]
    let keys = ids.map(ShardName.key)
    #expect(Set(keys).count == ids.count)
    for (id, key) in zip(ids, keys) {
      #expect(ShardName.id(forKey: key) == id)
      #expect(!key.contains(".") && !key.contains("/"))
    }
    #expect(
      ShardName.id(forKey: "a%2") == nil && ShardName.id(forKey: "%61") == nil
        && ShardName.id(forKey: "a b") == nil)
  }
}
