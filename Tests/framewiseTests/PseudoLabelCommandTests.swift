import Foundation
import Testing

@Suite("framewise pseudo-label, and fit with its labels", .syntheticSet) struct PseudoLabelCommandTests {
  let folder: TemporaryFolder
  let set: SyntheticSet

  init() throws {
    folder = try TemporaryFolder()
    set = try SyntheticSet.current
  }

  private func label(_ arguments: [String]) async throws -> CommandLineRunner.Outcome {
    try await CommandLineRunner.run(
      ["pseudo-label", "--threads", "1", "--precision", "fp32"] + arguments)
  }

  /// The videos of the test set, as unlabelled ones.
  private var unlabelled: [String] { ["--frames", set("frames/test"), "--annotations", set("test.json")] }

  private func fit(_ name: String, _ more: String...) async throws -> CommandLineRunner.Outcome {
    try await CommandLineRunner.run(set.fitArguments(out: folder(name)) + more)
  }

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test("From a run to labels to a run to labels; what was predicted with its own videos is said")
  func wholeWay() async throws {
    let first = try await fit("first", "--no-floor")
    #expect(first.exitCode == 0 && !first.output.contains("the floor"), "\(first.messages)")
    let labels = folder("labels.jsonl")
    let made = try await label(
      ["--run", folder("first"), "--out", labels, "--transductive", "--keep-near-duplicates", "--json"]
        + unlabelled)
    #expect(made.exitCode == 0, "\(made.messages)")
    let summary = try object(made.output)
    let parts = try #require(summary["parts"] as? [[String: Any]])
    #expect(parts.map { $0["fold"] as? Int } == [0, 1] && parts.allSatisfy { $0["labels"] as? Int == 4 })
    #expect(summary["transductive"] as? Bool == true && summary["round"] as? Int == 1)

    let pseudo = [
      "--pseudo-labels", labels, "--pseudo-annotations", set("test.json"), "--pseudo-frames",
      set("frames/test"),
    ]
    let second = try await CommandLineRunner.run(set.fitArguments(out: folder("second")) + pseudo)
    #expect(second.exitCode == 0, "\(second.messages)")
    #expect(
      second.messages.contains("10 videos, 4 by pseudo-labels") && second.messages.contains("use=mixed"))
    #expect(second.output.contains("Trained also on 4 videos") && second.output.contains("Transductive"))
    for name in ["report.md", "report.html"] {
      #expect(try folder.text("second/\(name)").contains("Transductive: the videos that are to be predicted"))
    }
    let inferred = try await CommandLineRunner.run([
      "infer", "--run", folder("second"), "--frames", set("frames/test"), "--annotations", set("test.json"),
      "--out", folder("submission.csv"), "--threads", "1",
    ])
    #expect(inferred.exitCode == 0 && inferred.output.contains("transductive: "), "\(inferred.messages)")
    let again = try await label(
      ["--run", folder("second"), "--out", folder("more.jsonl"), "--keep-near-duplicates"] + unlabelled)
    #expect(again.exitCode == 0, "\(again.messages)")
    #expect(again.output.contains("round 2; transductive") && again.output.contains("fold 1: 4 of 4 videos"))
  }

  @Test("Linear models teach without a run, of the videos of several files")
  func floor() async throws {
    let labels = folder("labels.jsonl")
    let videos = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: set("test.json")))) as? [Any])
    let halves = try [("one.json", videos.prefix(1)), ("two.json", videos.dropFirst())].map { name, part in
      try folder.write(
        String(decoding: JSONSerialization.data(withJSONObject: Array(part)), as: UTF8.self), to: name)
      return folder(name)
    }
    let made = try await label([
      "--teacher", "floor", "--labeled", set("labeled.json"), "--folds", "2", "--annotations", halves[0],
      halves[1], "--full-data", "--hard", "--keep-near-duplicates", "--out", labels,
    ])
    #expect(made.exitCode == 0 && made.output.contains("all videos: 4 of 4"), "\(made.messages)")
    let fitted = try await CommandLineRunner.run(
      set.fitArguments(out: folder("run")) + [
        "--modality", "text", "--pseudo-labels", labels, "--pseudo-annotations", halves[0], halves[1],
        "--full-data", "--set", "pseudo_labels.use=first",
      ])
    #expect(fitted.exitCode == 0, "\(fitted.messages)")
    #expect(fitted.output.contains("by pseudo-labels (first) of linear models on the texts"))
  }

  @Test("What does not go together is said in one line")
  func refused() async throws {
    let out = ["--out", folder("labels.jsonl")]
    func usage(_ arguments: String..., saying: String) async throws {
      let outcome = try await label(arguments + out)
      #expect(outcome.exitCode == 64 && outcome.messages.contains(saying), "\(outcome.messages)")
    }
    let test = set("test.json")
    try await usage("--annotations", test, saying: "--run is missing")
    try await usage("--run", folder("x"), "--annotations", test, "--folds", "3", saying: "go without --run")
    try await usage(
      "--run", folder("x"), "--annotations", test, "--threshold", "2", saying: "--threshold is 0 to 1")
    try await label(["--run", folder("x")] + unlabelled + out).expectError(66, saying: "there is no run here")
    let floor = ["--teacher", "floor", "--labeled", set("labeled.json"), "--folds", "2"]
    try await label(floor + ["--annotations", set("labeled.json")] + out).expectError(
      65, saying: "\(set("labeled.json")), id ",
      "is among the labelled videos of \(set("labeled.json")) as well")
    try folder.write("mine", to: "labels.jsonl")
    try await label(floor + ["--annotations", test] + out).expectError(73, saying: "--overwrite")

    let pseudo = ["--pseudo-labels", folder("labels.jsonl"), "--pseudo-annotations", test]
    let fit = set.fitArguments(out: folder("run"))
    try await CommandLineRunner.run(fit + pseudo).expectError(64, saying: "--pseudo-frames", "is missing")
    try await CommandLineRunner.run(fit + pseudo + ["--pseudo-frames", set("frames/test")]).expectError(
      65, saying: "labels.jsonl:1")
    let half = try await CommandLineRunner.run(fit + pseudo.prefix(2))
    #expect(half.exitCode == 64 && half.messages.contains("go together"))
    #expect(!FileManager.default.fileExists(atPath: folder("run")))
  }
}
