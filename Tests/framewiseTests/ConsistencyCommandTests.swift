import Foundation
import Testing

@Suite("framewise fit with videos without categories", .syntheticSet) struct ConsistencyCommandTests {
  let folder: TemporaryFolder
  let set: SyntheticSet

  init() throws {
    folder = try TemporaryFolder()
    set = try SyntheticSet.current
  }

  private func fit(_ name: String, _ more: String...) async throws -> CommandLineRunner.Outcome {
    try await CommandLineRunner.run(set.fitArguments(out: folder(name)) + more)
  }

  @Test("Methods by name, and what was learnt from is said where it is predicted")
  func wholeWay() async throws {
    let fitted = try await fit(
      "run", "--unlabelled-annotations", set("test.json"), "--unlabelled-frames", set("frames/test"),
      "--transductive", "--set", "consistency={method: fixmatch, threshold: 0.3, near_duplicates: 0}",
      "--full-data")
    #expect(fitted.exitCode == 0, "\(fitted.messages)")
    #expect(fitted.messages.contains("10 videos, 4 without categories"))
    #expect(fitted.messages.contains("consistency.method=mean_teacher"), "what is laid over the preset")
    #expect(fitted.output.contains("Trained also on 4 videos without categories, by consistency (fixmatch)"))
    for name in ["report.md", "report.html"] {
      #expect(try folder.text("run/\(name)").contains("Transductive: the videos that are to be predicted"))
    }
    let inferred = try await CommandLineRunner.run([
      "infer", "--run", folder("run"), "--frames", set("frames/test"), "--annotations", set("test.json"),
      "--out", folder("submission.csv"), "--threads", "1",
    ])
    #expect(
      inferred.exitCode == 0
        && inferred.output.contains("transductive: the models have learnt from 4 of these videos"),
      "\(inferred.messages)")
    // The model goes without what it was trained beside.
    let predicted = try folder.text("submission.csv").split(separator: "\n").count
    #expect(predicted == 5 || predicted == 4)
  }

  @Test("Texts alone do, of several files")
  func texts() async throws {
    try folder.write(
      #"[{"id": "w1", "title": "a red ball", "category_id": "0909"}, {"id": "w2", "title": "a blue cup"}]"#,
      to: "wild.json")
    let fitted = try await fit(
      "run", "--modality", "text", "--unlabelled-annotations", set("test.json"), folder("wild.json"),
      "--set", "consistency.method=softmatch", "--no-floor")
    #expect(fitted.exitCode == 0, "\(fitted.messages)")
    #expect(fitted.messages.contains(/learnt from [0-9.]+ % of the videos without categories/))
    #expect(fitted.messages.contains("10 videos, 6 without categories"))
    #expect(try !folder.text("run/report.md").contains("Transductive"))
  }

  @Test("What does not go together is said in one line")
  func refused() async throws {
    let test = set("test.json")
    let further = ["--unlabelled-annotations", test]
    func refused(_ arguments: [String], _ code: Int32, saying: String...) async throws {
      let outcome = try await CommandLineRunner.run(set.fitArguments(out: folder("run")) + arguments)
      #expect(outcome.exitCode == code, "\(outcome.messages)")
      for part in saying { #expect(outcome.messages.contains(part), "\(outcome.messages)") }
    }
    try await refused(further, 64, saying: "--unlabelled-frames", "is missing")
    try await refused(["--unlabelled-frames", set("frames/test")], 64, saying: "goes with --unlabelled-ann")
    try await refused(["--transductive"], 64, saying: "goes with --unlabelled-annotations")
    let whole = further + ["--unlabelled-frames", set("frames/test")]
    try await refused(
      whole + ["--set", "consistency.method=none"], 64, saying: "is given for nothing", "method is none")
    try await refused(
      whole + ["--set", "training.average.weights=swa"], 64, saying: "consistency.teacher", "swa")
    try await refused(
      whole + ["--set", "pseudo_labels.use=mixed"], 64, saying: "consistency.method", "one of both")
    try await refused(
      ["--set", "consistency.method=fixmatch"], 64, saying: "--unlabelled-annotations: is missing")
    try await refused(
      ["--unlabelled-annotations", set("labeled.json"), "--unlabelled-frames", set("frames/labeled")], 65,
      saying: "\(set("labeled.json")), id ", "is among the labelled videos of \(set("labeled.json")) as well")
    try await refused(
      ["--modality", "text", "--unlabelled-annotations", test, test], 65, saying: "is already that of a video"
    )
    #expect(!FileManager.default.fileExists(atPath: folder("run")))
  }
}
