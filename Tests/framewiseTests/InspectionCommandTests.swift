import Foundation
import Testing

@Suite("framewise contact-sheet and validate", .syntheticSet) struct InspectionCommandTests {
  let folder: TemporaryFolder
  let set: SyntheticSet

  init() throws {
    folder = try TemporaryFolder()
    set = try SyntheticSet.current
  }

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test("The sheet is one file with every video on it, and --json counts them")
  func sheet() async throws {
    let outcome = try await CommandLineRunner.run(
      "contact-sheet", "--frames", set("frames/labeled"), "--annotations", set("labeled.json"), "--out",
      folder("sheet.html"), "--json")
    #expect(outcome.exitCode == 0, "\(outcome.messages)")
    let summary = try object(outcome.output)
    #expect(summary["videos"] as? Int == 10 && summary["pages"] as? Int == 1)
    let html = try folder.text("sheet.html")
    for entry in try set.annotations("labeled.json") {
      #expect(html.contains(try #require(entry["id"] as? String)))
      #expect(html.contains(try #require(entry["category_id"] as? String)))
    }
    #expect(html.matches(of: /data:image\/jpeg/).count == summary["thumbnails"] as? Int)
    #expect(try folder.contents().keys.sorted() == ["sheet.html"])
  }

  @Test(
    "What cannot be made a sheet of is said in one line, and nothing is written",
    arguments: [
      (["--out", "sheet.png"], 64, "--out is an .html file"),
      (["--page", "2"], 64, "--page: is 2, there is 1 page"),
      (["--page", "2", "--sample", "3"], 64, "Give one of"), (["--frames", "none"], 66, "none"),
      (["--annotations", "none.json"], 66, "none.json"), (["--out", "none/sheet.html"], 73, "none"),
    ] as [([String], Int32, String)])
  func refused(change: [String], code: Int32, saying: String) async throws {
    var options = ["--frames": set("frames/test"), "--out": folder("sheet.html")]
    for index in stride(from: 0, to: change.count, by: 2) {
      let isPath = !change[index + 1].allSatisfy(\.isNumber)
      options[change[index]] = isPath ? folder(change[index + 1]) : change[index + 1]
    }
    let outcome = try await CommandLineRunner.run(["contact-sheet"] + options.flatMap { [$0, $1] })
    #expect(outcome.exitCode == code && outcome.output.isEmpty)
    #expect(outcome.messages.contains(saying), "\(outcome.messages)")
    #expect(try folder.contents().isEmpty)
  }

  @Test("validate prints plain tables, or the same as JSON, and ends with 0 though it warns")
  func validate() async throws {
    let arguments = [
      "validate", "--annotations", set("labeled.json"), "--videos", set("videos"), "--frames",
      set("frames/labeled"),
    ]
    let plain = try await CommandLineRunner.run(arguments)
    #expect(plain.exitCode == 0, "\(plain.messages)")
    #expect(!plain.output.contains("\u{1B}") && !plain.output.contains("█"))
    for part in ["entries", "characters", "level 2", "codecs", "mpeg4", "fewer videos than 10 folds"] {
      #expect(plain.output.contains(part), "\(part)")
    }
    let report = try object(try await CommandLineRunner.run(arguments + ["--json"]).output)
    let videos = try #require(report["videos"] as? [String: Any])
    #expect(videos["found"] as? Int == 10)
    // The test videos lie in the same folder.
    #expect((videos["extra"] as? [String: Any])?["count"] as? Int == 4)
    #expect((report["frames"] as? [String: Any])?["found"] as? Int == 10)
    #expect((report["warnings"] as? [Any])?.isEmpty == false)
  }

  @Test("Annotations that cannot be used are reported in full, then 65 with one line")
  func unusable() async throws {
    let path = try folder.write(
      #"[{"id": "a"}, {"id": "a"}, {"id": "\u001b[2J", "title": "x"}]"#, to: "a.json")
    let outcome = try await CommandLineRunner.run("validate", "--annotations", path)
    #expect(outcome.exitCode == 65)
    #expect(outcome.output.contains("repeated ids") && !outcome.output.contains("\u{1B}"))
    let errors = outcome.messages.split(whereSeparator: \.isNewline).filter { $0.contains("error:") }
    #expect(errors.count == 1 && errors[0].contains("a.json"), "\(outcome.messages)")
    try await CommandLineRunner.run("validate", "--annotations", try folder.write("{}", to: "b.json"))
      .expectError(65, saying: "not a JSON array")
    try await CommandLineRunner.run("validate", "--annotations", folder("none.json")).expectError(
      66, saying: "none")
  }
}
