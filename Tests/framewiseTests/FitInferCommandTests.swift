import Foundation
import Testing

@Suite("framewise fit and infer", .syntheticSet) struct FitInferCommandTests {
  let folder: TemporaryFolder
  let set: SyntheticSet

  init() throws {
    folder = try TemporaryFolder()
    set = try SyntheticSet.current
  }

  private func infer(_ run: String, out: String, _ more: String...) async throws -> CommandLineRunner.Outcome
  {
    try await CommandLineRunner.run(
      [
        "infer", "--run", run, "--frames", set("frames/test"), "--annotations", set("test.json"), "--out",
        out,
        "--threads", "1",
      ] + more)
  }

  private func objects(_ lines: String) throws -> [[String: Any]] {
    try lines.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  @Test("A run is told in lines of JSON, then predicts a row for each annotation, in their order")
  func wholeWay() async throws {
    let run = folder("run")
    let fitted = try await CommandLineRunner.run(set.fitArguments(out: run) + ["--json", "--tensorboard"])
    #expect(fitted.exitCode == 0, "\(fitted.messages)")
    let inputs = try #require(
      try JSONSerialization.jsonObject(with: Data(folder.text("run/inputs.json").utf8)) as? [String: Any])
    #expect(
      (inputs["annotations_path"] as? String)?.hasSuffix("/labeled.json") == true,
      "whoever reads the run later finds the texts")
    for fold in ["fold-00", "fold-01"] {
      let names = try FileManager.default.contentsOfDirectory(atPath: run + "/" + fold)
      #expect(names.count { $0.hasPrefix("events.out.tfevents.") } == 1, "\(names)")
    }
    let events = try objects(fitted.output)
    #expect(events.first?["event"] as? String == "start" && events.last?["event"] as? String == "end")
    #expect(events.first?["folds"] as? [Int] == [0, 1])
    let steps = events.filter { $0["event"] as? String == "step" }
    #expect(steps.count == 6 && steps.count == events.first?["total_steps"] as? Int)
    #expect(
      steps.allSatisfy {
        $0["videos_per_second"] is Double && $0["learning_rates"] is [String: Double] && $0["loss"] is Double
      })
    #expect(events.count { $0["event"] as? String == "epoch" } == 4)
    #expect(events.filter { $0["event"] as? String == "fold" }.map { $0["fold"] as? Int } == [0, 1])
    #expect(events.last?["out_of_fold"] != nil)

    let outcome = try await infer(run, out: folder("submission.csv"))
    #expect(outcome.exitCode == 0, "\(outcome.messages)")
    let ids = try set.annotations("test.json").map { $0["id"] as? String }
    let rows = try folder.text("submission.csv").split(separator: "\n").map { $0.split(separator: ",") }
    #expect(rows.map { $0.first.map(String.init) } == ids)
    let details = try objects(try folder.text("submission.predictions.jsonl"))
    #expect(details.map { $0["id"] as? String } == ids)
    #expect(details.map { $0["category_id"] as? String } == rows.map { $0.last.map(String.init) })

    let again = try await infer(run + "/fold-00/model", out: folder("one.csv"), "--json")
    let result = try #require(
      try JSONSerialization.jsonObject(with: Data(again.output.utf8)) as? [String: Any])
    #expect(result["models"] as? Int == 1 && result["videos"] as? Int == ids.count)
    // Beside the first ones, not over them.
    #expect(result["predictions"] as? String == folder("one.predictions.jsonl"))
    #expect(try objects(try folder.text("submission.predictions.jsonl")).count == ids.count)
    let submission = try folder.text("submission.csv")
    try await infer(run + "/fold-00/model", out: folder("submission.csv")).expectError(
      73, saying: "submission.csv: is there already", "--overwrite")
    #expect(try folder.text("submission.csv") == submission)
    let replaced = try await infer(run, out: folder("submission.csv"), "--overwrite")
    #expect(replaced.exitCode == 0, "\(replaced.messages)")
    #expect(try folder.text("submission.csv") == submission)

    // To standard output goes the submission alone.
    let piped = try await infer(run, out: "-")
    #expect(piped.exitCode == 0 && piped.output == submission, "\(piped.messages)")
    #expect(piped.messages.contains("4 videos by 2 models"))
    let both = try await infer(run, out: "/dev/null", "--predictions", "/dev/stdout")
    #expect(both.output == (try folder.text("submission.predictions.jsonl")))
    try await infer(run, out: "-", "--predictions", "-").expectError(64, saying: "same file")
    try await infer(run, out: "-", "--json").expectError(64, saying: "--json")

    // The same command finds nothing to do; another setting is refused.
    let repeated = try await CommandLineRunner.run(set.fitArguments(out: run))
    #expect(repeated.exitCode == 0 && repeated.messages.contains("nothing to train"), "\(repeated.messages)")
    let other = try await CommandLineRunner.run(set.fitArguments(out: run) + ["--seed", "9"])
    other.expectError(64, saying: "other settings", "seed: 9")
  }

  @Test(
    "Where not one video has frames, nothing is learnt from text in silence; infer judges by text all the same"
  )
  func noVideos() async throws {
    try FileManager.default.createDirectory(atPath: folder("videos"), withIntermediateDirectories: false)
    let id = try #require(try set.annotations("labeled.json")[0]["id"] as? String)
    try folder.write("no video", to: "videos/\(id).mp4")
    let extracted = try await CommandLineRunner.run(
      "extract", "--videos", folder("videos"), "--annotations", set("labeled.json"), "--out", folder("frames")
    )
    #expect(extracted.exitCode == 0, "\(extracted.messages)")
    let arguments = set.fitArguments(out: folder("run"), frames: folder("frames"))
    try await CommandLineRunner.run(arguments).expectErrorAtEnd(
      65, saying: "none of the 10 videos has frames", "--modality text")
    let fitted = try await CommandLineRunner.run(set.fitArguments(out: folder("run")) + ["--fold", "0"])
    #expect(fitted.exitCode == 0, "\(fitted.messages)")
    let outcome = try await CommandLineRunner.run(
      "infer", "--run", folder("run"), "--frames", folder("frames"), "--annotations", set("labeled.json"),
      "--out", folder("all.csv"), "--threads", "1")
    #expect(outcome.exitCode == 0 && outcome.output.contains("10 no-frames"), "\(outcome.messages)")
    #expect(outcome.messages.contains("10 of 10 videos have no frames"))
    try await CommandLineRunner.run(
      set.fitArguments(out: folder("video"), frames: folder("frames")) + ["--modality", "video"]
    ).expectErrorAtEnd(65, saying: "no video has frames")
  }

  @Test(
    "A model of text alone is trained and asked without frames; one that sees them says that they are missing"
  )
  func textAlone() async throws {
    let run = folder("text")
    var arguments = set.fitArguments(out: run)
    let place = try #require(arguments.firstIndex(of: "--frames"))
    arguments.removeSubrange(place...place + 1)
    try await CommandLineRunner.run(arguments).expectError(
      64, saying: "--frames: is missing; --modality both looks at the videos' frames")
    let fitted = try await CommandLineRunner.run(arguments + ["--modality", "text"])
    #expect(fitted.exitCode == 0, "\(fitted.messages)")
    let asked = ["infer", "--annotations", set("test.json"), "--threads", "1", "--run"]
    let inferred = try await CommandLineRunner.run(asked + [run, "--out", folder("text.csv")])
    #expect(inferred.exitCode == 0, "\(inferred.messages)")
    #expect(try folder.text("text.csv").split(separator: "\n").count == 4)
    #expect(try folder.text("text.predictions.jsonl").contains("\"status\":\"no-frames\""))

    let both = folder("both")
    #expect(try await CommandLineRunner.run(set.fitArguments(out: both) + ["--fold", "0"]).exitCode == 0)
    try await CommandLineRunner.run(asked + [both, "--out", folder("both.csv")]).expectError(
      64, saying: "--frames: is missing; the model looks at the videos' frames")
  }

  @Test("Folds one by one, of several seeds, and then a model of all videos of each")
  func fullData() async throws {
    let run = folder("run")
    let arguments = set.fitArguments(out: run) + ["--seeds", "2", "--full-data"]
    let first = try await CommandLineRunner.run(arguments + ["--fold", "0"])
    #expect(first.exitCode == 0, "\(first.messages)")
    #expect(first.messages.contains("when every fold is finished; those that are not: 1"))
    let rest = try await CommandLineRunner.run(arguments)
    #expect(rest.exitCode == 0, "\(rest.messages)")
    let outcome = try await infer(run, out: folder("all.csv"))
    #expect(outcome.output.contains("4 videos by 6 models"), "\(outcome.messages)")
  }

  @Test("A category with one member is learnt in one fold and missed in the other, and nothing fails")
  func oneMember() async throws {
    var entries = try set.annotations("labeled.json")
    entries[0]["category_id"] = "9999"
    try folder.write(JSONSerialization.data(withJSONObject: entries), to: "one.json")
    let outcome = try await CommandLineRunner.run(
      set.fitArguments(out: folder("run"), annotations: folder("one.json")))
    #expect(outcome.exitCode == 0, "\(outcome.messages)")
    #expect(try folder.text("run/out-of-fold.jsonl").contains("\"9999\":"))
  }

  @Test(
    "A full disk is 75 in one line, and the folder is not half made",
    .enabled(if: SmallDisk.isPossible, SmallDisk.reason))
  func fullDisk() async throws {
    try FileManager.default.createDirectory(atPath: folder("small"), withIntermediateDirectories: false)
    let outcome = try await CommandLineRunner.run(
      set.fitArguments(out: folder("small/run")), through: SmallDisk.command(of: "100k", at: folder("small")))
    outcome.expectErrorAtEnd(75, saying: "small/run/fold-00/", "No space left on device")
  }
}
