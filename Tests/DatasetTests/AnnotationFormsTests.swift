import CZlib
import Storage
import SystemPackage
import Testing

@testable import Dataset

@Suite struct AnnotationFormsTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let entries: [String] = [
    "{\"id\": \"a\", \"title\": \"新\"}", "{\"id\": \"b\"}", "{\"id\": \"c\", \"category_id\": \"0203\"}",
  ]
  private static let lines: String = entries.joined(separator: "\n")

  private func read(_ path: FilePath) throws -> [String] {
    try AnnotationFile.read(path) { Issue.record("\($0)") }.map { "\($0.id)\($0.title)\($0.category ?? "")" }
  }

  private func packed(_ text: String, as name: String) throws -> FilePath {
    let path = folder.path.appending(name)
    let file = try #require(gzopen(path.string, "ab"))  // a second member where there is one
    let bytes = Array(text.utf8)
    #expect(gzwrite(file, bytes, UInt32(bytes.count)) == bytes.count)
    gzclose(file)
    return path
  }

  private static let array: String = "[" + entries.joined(separator: ",") + "]"
  private static let spread: String = entries.joined(separator: "\r\n\r\n") + "\r\n \r\n"
  private static let equals: [(String, String)] = [
    ("a.jsonl", lines), ("a.jsonl", "\(lines)\n"), ("a.JSONL", "\u{FEFF}\(lines)"), ("a.ndjson", lines),
    ("a.jsonl", spread), ("a.json", array), ("stream", "\n \(array)"), ("stream", " \n\(lines)"),
  ]

  @Test("One entry in each line is what an array is", arguments: equals)
  func forms(name: String, text: String) throws {
    #expect(try read(try folder.file(name, text)) == ["a新", "b", "c0203"])
    #expect(try read(try packed(text, as: "\(name).gz")) == ["a新", "b", "c0203"])
  }

  @Test("What several runs of gzip put one after the other is one file")
  func members() throws {
    _ = try packed(Self.entries[0] + "\n", as: "a.jsonl.gz")
    #expect(try read(try packed(Self.entries[1], as: "a.jsonl.gz")) == ["a新", "b"])
  }

  @Test(
    "Entries that lie across the pieces in which a file is read are whole", arguments: ["a.json", "a.jsonl"])
  func pieces(name: String) throws {
    let text = String(repeating: "长", count: 1000)
    let entries = (0..<1000).map { "{\"id\": \"\($0)\", \"title\": \"\(text)\"}" }
    let path = try folder.file(
      name, name == "a.json" ? "[\(entries.joined(separator: ","))]" : entries.joined(separator: "\n"))
    let annotations = try AnnotationFile.read(path) { Issue.record("\($0)") }
    #expect(annotations.map(\.id) == (0..<1000).map(String.init))
    #expect(annotations.allSatisfy { $0.title == text })
  }

  @Test(
    "What is wrong in a line names it, and the lines after it are read on",
    arguments: [
      ("{\"id\": \"b\", \"title\": 3}", "a.jsonl:2, id \"b\", title: has the wrong type"),
      ("{\"id\" \"b\"}", "a.jsonl:2: not JSON"), ("{\"id\": \"b\"", "a.jsonl:2: not JSON"),
      ("[]", "a.jsonl:2: has the wrong type"),
      ("{\"id\": \"a\"}", "a.jsonl:2, id \"a\", id: is already that of line 1"),
      ("{\"id\": \"b\", \"id\": \"d\"}", "a.jsonl:2, id: stands twice"),
      ("{\"id\": \"b\"} {}", "a.jsonl:2: not JSON"),
    ])
  func faultyLine(line: String, message: String) throws {
    let path = try folder.file("a.jsonl", "{\"id\": \"a\"}\n\(line)\n{\"id\": \"c\"}")
    var (good, bad): ([String], [String]) = ([], [])
    _ = try AnnotationFile.visit(path) { entry in
      switch entry {
      case .annotation(let annotation): good.append(annotation.id)
      case .faulty(let error), .repeated(let error): bad.append(error.description)
      }
    }
    #expect(good == ["a", "c"])
    #expect(bad.count == 1 && bad.first?.contains(message) == true, "\(bad)")
  }

  @Test("A packed file that is cut off or damaged is refused")
  func damaged() throws {
    let text = "[" + (0..<20_000).map { "{\"id\": \"\($0 &* 2_654_435_761)\"}" }.joined(separator: ",") + "]"
    let bytes = try Files.read(try packed(text, as: "a.json.gz"))
    let cut = try folder.file("cut.json.gz", Array(bytes.dropLast(bytes.count / 2)))
    let error = #expect(throws: DatasetError.self) { try AnnotationFile.read(cut) { _ in } }
    #expect(error?.description == "\(cut): ends in the middle of what gzip packed")
    var broken = bytes
    for place in broken.count / 2..<broken.count / 2 + 64 { broken[place] ^= 0x55 }
    let path = try folder.file("broken.json.gz", broken)
    let second = #expect(throws: DatasetError.self) { try AnnotationFile.read(path) { _ in } }
    #expect(second?.kind == .badData)
  }

  private func warnings(_ entries: String) throws -> [String] {
    var warnings: [String] = []
    let path = try folder.file("a.json", "[\(entries)]")
    _ = try AnnotationFile.read(path) { warnings.append(String($0.dropFirst(path.string.count + 2))) }
    return warnings
  }

  @Test(
    "A key that means nothing is told with its nearest known one",
    arguments: [
      ("titel", "title"), ("Category_ID", "category_id"), ("categoryid", "category_id"),
      ("category-id", "category_id"),
      ("ID", "id"), ("tilte", "title"), ("Asr", "asr"), ("titles", "title"), ("orc", "ocr"),
    ])
  func nearest(key: String, meant: String) throws {
    #expect(
      try warnings("{\"id\": \"a\", \"\(key)\": null}") == [
        "\"\(key)\" in 1 entry is no key of annotations and is passed over; is \"\(meant)\" meant?"
      ])
  }

  @Test("Keys that are near to none are told with all that there are, once each and the most frequent first")
  func unknown() throws {
    let told = try warnings(
      "{\"id\": \"a\", \"url\": 1}, {\"id\": \"b\", \"url\": {\"title\": 1}, \"ocr\": [{\"txt\": 1}, {\"txt\": 2}]}"
    )
    #expect(told.count == 2)
    #expect(
      told.first
        == "\"url\" in 2 entries is no key of annotations and is passed over; "
        + "those that are read: id, title, asr, ocr, category_id, ocr[].time, ocr[].text")
    #expect(told.last?.hasPrefix("\"ocr[].txt\" in 1 entry ") == true)
    #expect(told.last?.hasSuffix("is \"ocr[].text\" meant?") == true)
    #expect(
      try warnings("{\"id\": \"a\", \"title\": null, \"asr\": \"\", \"ocr\": [], \"category_id\": null}")
        == [])
  }

  @Test("A file of ever new keys does not fill the memory or the screen")
  func manyKeys() throws {
    let told = try warnings((0..<500).map { "{\"id\": \"\($0)\", \"key\($0)\": 1}" }.joined(separator: ","))
    #expect(told.count == 101 && told.last == "further unknown keys stand in the entries 400 times")
  }
}

@Suite struct VideoIDsTests {
  @Test("A list of ids knows the place of each, and takes none twice")
  func places() {
    let names = (0..<5000).map { String($0 &* 2_654_435_761) + String(repeating: "x", count: $0 % 40) }
    var ids = VideoIDs(names)
    #expect(Array(ids) == names && ids.count == 5000)
    #expect(names.indices.allSatisfy { ids.place(of: names[$0]) == $0 })
    #expect(ids.place(of: "none") == nil && VideoIDs().place(of: "a") == nil && !VideoIDs().contains(""))
    #expect(ids.append(names[77]) == 77 && ids.count == 5000)
    #expect(ids.append("e\u{301}") == nil && ids.append("\u{E9}") == 5000 && ids.count == 5001)
    #expect(ids.place(of: "\u{E9}") == 5000 && Array(ids[4999..<5001]) == [names[4999], "e\u{301}"])
  }
}
