import Foundation
import Testing

@Suite("framewise baseline", .syntheticSet) struct BaselineCommandTests {
  let folder: TemporaryFolder
  let set: SyntheticSet

  init() throws {
    folder = try TemporaryFolder()
    set = try SyntheticSet.current
  }

  private func baseline(_ more: String...) async throws -> CommandLineRunner.Outcome {
    try await CommandLineRunner.run(["baseline", "--folds", "2"] + more)
  }

  @Test("One line for each kind of input with the five numbers; as JSON with every class")
  func scores() async throws {
    let outcome = try await baseline("--annotations", set("labeled.json"))
    #expect(outcome.exitCode == 0, "\(outcome.messages)")
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.count == 2 && lines[0].contains("level 2 macro") && lines[1].hasPrefix("text "))
    let json = try await baseline("--annotations", set("labeled.json"), "--threads", "2", "--json")
    let report = try #require(
      try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    let videos = try set.annotations("labeled.json").count
    let rows = try #require(report["rows"] as? [[String: Any]])
    let scores = try #require(rows.first?["scores"] as? [String: Any])
    #expect(report["videos"] as? Int == videos && rows.count == 1 && scores["level1"] != nil)
    #expect(lines[1].contains(String(format: "%.4f", try #require(scores["mean_f1"] as? Double))))
  }

  @Test("Pictures are nothing to linear models: a warning says so")
  func pictures() async throws {
    let outcome = try await baseline("--annotations", set("labeled.json"), "--frames", set("frames/labeled"))
    #expect(outcome.exitCode == 0 && outcome.messages.contains("--frames holds pictures"))
  }

  @Test("Vectors of another dataset are refused, as by fit")
  func otherVectors() async throws {
    var bytes = Data([0x93]) + Data("NUMPY".utf8) + Data([1, 0, 118, 0])
    let shape = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }"
    bytes += Data((shape + String(repeating: " ", count: 117 - shape.count) + "\n").utf8) + Data(count: 8)
    try FileManager.default.createDirectory(atPath: folder("vectors"), withIntermediateDirectories: true)
    try folder.write(bytes, to: "vectors/vectors.npy")
    try folder.write("{\"id\":\"other\",\"frame\":0}\n", to: "vectors/ids.jsonl")
    let outcome = try await baseline("--annotations", set("labeled.json"), "--frames", folder("vectors"))
    outcome.expectError(65, saying: "another dataset")
  }

  @Test("What is no labelled set is said in one line")
  func badInput() async throws {
    let unlabelled = try await baseline("--annotations", set("test.json"))
    unlabelled.expectError(65, saying: "category_id")
    let empty = try await baseline("--annotations", try folder.write("[]", to: "empty.json"))
    empty.expectError(65, saying: "has no annotations")
  }

  @Test("A run tells of its floor, and takes it as a member with --floor")
  func member() async throws {
    let run = folder("run")
    let outcome = try await CommandLineRunner.run(set.fitArguments(out: run) + ["--floor"])
    #expect(outcome.exitCode == 0, "\(outcome.messages)")
    #expect(outcome.output.contains("the floor, linear models on character n-grams"))
    #expect(outcome.output.contains("calibrated, each fold by the others: mean F1"))
    let inferred = try await CommandLineRunner.run([
      "infer", "--run", run, "--frames", set("frames/test"), "--annotations", set("test.json"), "--out",
      folder("submission.csv"), "--threads", "1",
    ])
    #expect(inferred.exitCode == 0, "\(inferred.messages)")
    #expect(try folder.text("submission.csv").split(separator: "\n").count == 4)
  }
}
