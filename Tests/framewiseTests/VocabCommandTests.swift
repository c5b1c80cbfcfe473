import Foundation
import Testing

@Suite("framewise vocab")
struct VocabCommandTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func vocab(_ arguments: String...) async throws -> CommandLineRunner.Outcome {
    try await CommandLineRunner.run(["vocab"] + arguments)
  }

  /// Annotations whose title, speech and on-screen text share no letters.
  private func annotations(_ name: String = "train.json") throws -> String {
    let entries = (0..<40).map { number in
      """
      {"id": "\(number)", "title": "abba abab \(number)", "asr": "cddc cdcd", "ocr": [{"time": 0, "text": "effe 新闻"}]}
      """
    }
    return try folder.write("[\(entries.joined(separator: ","))]", to: name)
  }

  @Test("A model and a listing of its pieces are written; title, speech and on-screen text all count")
  func trains() async throws {
    let out = folder("vocab/news.model")
    let outcome = try await vocab(try annotations(), "--size", "285", "--out", out)
    #expect(outcome.exitCode == 0, "\(outcome.messages)")
    #expect(outcome.output == "\(out): 285 pieces from 120 texts\n")
    #expect(outcome.messages.isEmpty, "libsentencepiece must not chatter")
    let pieces = try folder.text("vocab/news.vocab").split(separator: "\n").map { $0.prefix { $0 != "\t" } }
    #expect(pieces.count == 285)
    #expect(pieces.prefix(5) == ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    for letter in ["a", "c", "e", "新"] { #expect(pieces.contains { $0.contains(letter) }, "\(letter)") }
  }

  @Test("The same annotations give the same model, also into a folder")
  func deterministic() async throws {
    let train = try annotations()
    for out in ["one", "two"] {
      let outcome = try await vocab(train, "--size", "285", "--out", folder(out), "--json")
      #expect(outcome.exitCode == 0, "\(outcome.messages)")
      let result = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
      #expect(result?["pieces"] as? Int == 285)
      #expect(result?["model"] as? String == folder("\(out)/tokenizer.model"))
    }
    let files = try folder.contents()
    #expect(files["one/tokenizer.model"] != nil)
    #expect(files["one/tokenizer.model"] == files["two/tokenizer.model"])
  }

  @Test(
    "Impossible wishes get one line, the right exit code and no file",
    arguments: [
      (["train.json", "--size", "4000"], Int32(65), "too little text for 4000 pieces"),
      (["train.json", "--size", "262"], 64, "too few for the characters"),
      (["train.json", "--size", "5"], 64, "size 5"),
      (["train.json", "--size", "285", "--coverage", "2"], 64, "coverage 2.0"),
      (["empty.json"], 65, "no text"),
      (["missing.json"], 66, "missing.json"),
    ])
  func refusals(_ arguments: [String], _ exitCode: Int32, _ message: String) async throws {
    _ = try annotations()
    _ = try folder.write(#"[{"id": "1", "title": " "}]"#, to: "empty.json")
    let outcome = try await CommandLineRunner.run(
      ["vocab", folder(arguments[0])] + arguments.dropFirst() + ["--out", folder("out.model")])
    outcome.expectError(exitCode, saying: message)
    #expect(!FileManager.default.fileExists(atPath: folder("out.model")))
  }
}
