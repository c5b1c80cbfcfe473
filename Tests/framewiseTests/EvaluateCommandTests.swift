import Foundation
import Testing

@Suite("framewise evaluate")
struct EvaluateCommandTests {
  let folder: TemporaryFolder
  let truth: String

  init() throws {
    folder = try TemporaryFolder()
    truth = try folder.write("a,0101\nb,0102\nc,0201\nd,0201\n", to: "truth.csv")
  }

  private func evaluate(_ submission: String, _ more: String...) async throws -> CommandLineRunner.Outcome {
    let submission = try folder.write(submission, to: "submission.csv")
    return try await CommandLineRunner.run(["evaluate", submission, truth] + more)
  }

  @Test("The five numbers and the classes are printed, whatever the order of the lines")
  func table() async throws {
    let outcome = try await evaluate("d,0201\nc,0102\nb,0101\na,0101\n")
    #expect(outcome.exitCode == 0)
    #expect(outcome.messages.isEmpty)
    // Level 1: 3 of 4; F1 of 01 is 4/5, of 02 2/3. Level 2: 2 of 4; F1 of 0101 2/3, 0102 0, 0201 2/3.
    #expect(
      outcome.output == """
        mean F1           0.6069
        level 1 micro F1  0.7500
        level 1 macro F1  0.7333
        level 2 micro F1  0.5000
        level 2 macro F1  0.4444

        class   precision     recall         F1    support  predicted
        01         0.6667     1.0000     0.8000          2          3
        02         1.0000     0.5000     0.6667          2          1

        class   precision     recall         F1    support  predicted
        0101       0.5000     1.0000     0.6667          1          2
        0102       0.0000     0.0000     0.0000          1          1
        0201       1.0000     0.5000     0.6667          2          1

        """)
  }

  @Test("--json prints one JSON document that holds everything")
  func json() async throws {
    let outcome = try await evaluate("a,0101\nb,0102\nc,0201\nd,0202\n", "--json")
    #expect(outcome.exitCode == 0)
    let scores = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    #expect(scores["count"] as? Int == 4)
    let level1 = try #require(scores["level1"] as? [String: Any])
    #expect(level1["micro_f1"] as? Double == 1)
    let level2 = try #require(scores["level2"] as? [String: Any])
    #expect(
      (level2["classes"] as? [[String: Any]])?.compactMap { $0["category"] as? String } == [
        "0101", "0102", "0201", "0202",
      ])
  }

  @Test("A byte order mark, CRLF and empty lines at the end are no errors")
  func windowsFile() async throws {
    let outcome = try await evaluate("\u{FEFF}a,0101\r\nb,0102\r\nc,0201\r\nd,0201\r\n\r\n")
    #expect(outcome.exitCode == 0)
    #expect(outcome.output.hasPrefix("mean F1           1.0000\n"))
  }

  @Test("The truth can be labelled annotations")
  func annotations() async throws {
    let submission = try folder.write("a,0101\n", to: "submission.csv")
    let labeled = try folder.write(
      #"[{"id": "a", "title": "标题", "category_id": "0101"}]"#, to: "labeled.json")
    let outcome = try await CommandLineRunner.run("evaluate", submission, labeled)
    #expect(outcome.exitCode == 0)
    #expect(outcome.output.hasPrefix("mean F1           1.0000\n"))
  }

  @Test("Bad data is exit code 65 and one line that says where")
  func badData() async throws {
    try await evaluate("a,0101\nb\u{1B}[31m,0101\n").expectError(
      65, saying: "submission.csv:2:", "control character")
  }

  @Test("With the annotations of training the classes are scored by how frequent they are there")
  func frequency() async throws {
    let labelled = [("0101", 5), ("0102", 3), ("0201", 1)].flatMap { category, count in
      (0..<count).map { #"{"id": "\#(category)-\#($0)", "category_id": "\#(category)"}"# }
    }
    let train = try folder.write("[" + labelled.joined(separator: ",") + "]", to: "train.json")
    let submission = try folder.write("a,0101\nb,0102\nc,0201\n", to: "submission.csv")
    let truth = try folder.write("a,0101\nb,0102\nc,0102\n", to: "all.csv")
    let table = try await CommandLineRunner.run("evaluate", submission, truth, "--train", train)
    #expect(table.exitCode == 0, "\(table.messages)")
    let lines = table.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    #expect(lines.contains(["head", "1.0000", "1", "1", "5", "to", "5"]))
    #expect(lines.contains(["middle", "0.6667", "1", "2", "3", "to", "3"]))
    #expect(lines.contains(["tail", "0.0000", "1", "0", "1", "to", "1"]))
    let json = try await CommandLineRunner.run("evaluate", submission, truth, "--train", train, "--json")
    let scores = try #require(
      try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    #expect((scores["frequency"] as? [String: [String: Any]])?["head"]?["most"] as? Int == 5)
    let none = try folder.write(#"[{"id": "a"}]"#, to: "unlabelled.json")
    try await CommandLineRunner.run("evaluate", submission, truth, "--train", none)
      .expectError(65, saying: "unlabelled.json[0]", "category_id")
  }

  @Test("Annotations without a category are no truth")
  func unlabelled() async throws {
    let submission = try folder.write("a,0101\n", to: "submission.csv")
    let test = try folder.write(#"[{"id": "a"}]"#, to: "test.json")
    try await CommandLineRunner.run("evaluate", submission, test)
      .expectError(65, saying: "test.json[0]", "\"a\"", "category_id")
    let none = try folder.write("[]", to: "none.json")
    try await CommandLineRunner.run("evaluate", submission, none).expectError(65, saying: "none.json")
  }

  @Test("A missing file and a folder are exit code 66")
  func missing() async throws {
    try await CommandLineRunner.run("evaluate", folder("absent.csv"), truth).expectError(
      66, saying: "absent.csv")
    try await CommandLineRunner.run("evaluate", folder(""), truth).expectError(66, saying: "directory")
  }

  @Test("A file name that holds a line end still makes one line")
  func hostileName() async throws {
    try await CommandLineRunner.run("evaluate", folder("a\nb\u{1B}[2J.csv"), truth)
      .expectError(66, saying: "a\\u{A}b\\u{1B}[2J.csv")
  }
}
