import Foundation
import Testing

@Suite("What is wrong with the input of fit and infer", .syntheticSet) struct FitInferErrorTests {
  let folder: TemporaryFolder
  let set: SyntheticSet

  init() throws {
    folder = try TemporaryFolder()
    set = try SyntheticSet.current
  }

  /// An annotation file like the labelled one, its text changed.
  private func annotations(_ change: (inout [[String: any Sendable]]) -> Void) throws -> String {
    var entries = try set.annotations("labeled.json")
    change(&entries)
    return try folder.write(JSONSerialization.data(withJSONObject: entries), to: "changed.json")
  }

  private func expectFit(
    _ code: Int32, saying parts: String, annotations: String? = nil, frames: String? = nil, folds: Int = 2,
    _ more: [String] = [],
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let out = folder("run")
    let outcome = try await CommandLineRunner.run(
      set.fitArguments(out: out, annotations: annotations, frames: frames, folds: folds) + more)
    outcome.expectError(code, saying: parts, sourceLocation: sourceLocation)
    #expect(
      !FileManager.default.fileExists(atPath: out), "a refused run leaves a folder",
      sourceLocation: sourceLocation)
  }

  @Test(
    "Annotations that are none are refused with file and place",
    arguments: [
      ([0x5B, 0x22, 0xE9, 0x22, 0x5D] as [UInt8], "not UTF-8"),
      (Array(#"{"id": "a"}"#.utf8), "not a JSON array"),
      ([], "annotations.json"),
      (Array(#"[{"id": "a", "category_id": "0100"}, {"id": "a"}]"#.utf8), "id \"a\""),
      (Array(#"[{"id": "../a", "category_id": "0100"}]"#.utf8), "../a"),
      (Array(#"[{"id": "a", "category_id": "01"}]"#.utf8), "four digits"),
      (Array(#"[{"id": "a", "category_id": 100}]"#.utf8), "is a number"),
      (Array("[]".utf8), "annotations.json"),
    ])
  func badAnnotations(bytes: [UInt8], saying: String) async throws {
    let path = try folder.write(Data(bytes), to: "annotations.json")
    try await expectFit(65, saying: saying, annotations: path)
  }

  @Test("Nothing learns in fp16, which is for predicting on a GPU")
  func half() async throws {
    let arguments = set.fitArguments(out: folder("run"), computing: ["--precision", "fp16"])
    let outcome = try await CommandLineRunner.run(arguments)
    outcome.expectError(64, saying: "--precision fp16: gradients", "bf16")
    #expect(!FileManager.default.fileExists(atPath: folder("run")))
  }

  @Test("A video without a category is named")
  func unlabelled() async throws {
    let path = try annotations { $0[2]["category_id"] = nil }
    let id = try #require(try set.annotations("labeled.json")[2]["id"] as? String)
    try await expectFit(65, saying: id, annotations: path)
  }

  @Test("Frames of another dataset, fewer videos than folds, nothing to learn from")
  func badData() async throws {
    try await expectFit(65, saying: "frames of another dataset?", frames: set("frames/test"))
    try await expectFit(65, saying: "11 folds", folds: 11)
    let mute = try annotations { entries in
      for index in entries.indices {
        for key in ["title", "asr"] { entries[index][key] = "" }
        entries[index]["ocr"] = [String]()
      }
    }
    try await expectFit(65, saying: "no video has text", annotations: mute, ["--modality", "text"])
  }

  @Test(
    "Settings that are none are exit code 64 and one line",
    arguments: [
      (["--set", "training.epoch=3"], "did you mean 'training.epochs'?"),
      (["--fold", "99"], "--fold: is 99"),
      (["--fold=-1"], "--fold: is -1"), (["--set", "epochs"], "key=value"),
      (["--device", "cuda:99"], "cuda:99"),
      (["--set", "training.epochs=0"], "training.epochs"),
    ])
  func usage(arguments: [String], saying: String) async throws {
    try await expectFit(64, saying: saying, arguments)
  }

  @Test("One fold is none") func oneFold() async throws {
    try await expectFit(64, saying: "at least 2", folds: 1)
  }

  @Test("A configuration file that is none is named")
  func configurationFile() async throws {
    let path = try folder.write("training: {epochs: [", to: "mine.yaml")
    try await expectFit(64, saying: "mine.yaml", ["--config", path])
    try await expectFit(66, saying: "none.yaml", ["--config", folder("none.yaml")])
  }

  @Test("A soup, for which a model of all videos has no videos held out, is refused before folds are trained")
  func soup() async throws {
    try await expectFit(
      64, saying: "--full-data", ["--full-data", "--set", "training.average.weights=soup"])
  }

  @Test("Input that is not there is 66, a folder that is none of ours 65")
  func missing() async throws {
    try await expectFit(66, saying: "none", frames: folder("none"))
    try await expectFit(66, saying: "none.json", annotations: folder("none.json"))
    try await expectFit(66, saying: "none.model", ["--tokenizer", folder("none.model")])
    try await expectFit(65, saying: "holds no frames", frames: set("videos"))
  }

  @Test("An output that cannot be made is 73, one that holds something else 64")
  func output() async throws {
    let file = try folder.write("", to: "file")
    try await CommandLineRunner.run(set.fitArguments(out: file + "/run")).expectErrorAtEnd(73, saying: "file")
    try await CommandLineRunner.run(set.fitArguments(out: file)).expectErrorAtEnd(73, saying: "file")
    try await CommandLineRunner.run(set.fitArguments(out: "/proc/run")).expectErrorAtEnd(
      73, saying: "/proc/run")
    try await CommandLineRunner.run(set.fitArguments(out: set("videos"))).expectErrorAtEnd(
      64, saying: "holds no run")
  }

  @Test("infer tells what is wrong before it begins, and writes nothing")
  func infer() async throws {
    let run = folder("run")
    let fitted = try await CommandLineRunner.run(set.fitArguments(out: run) + ["--fold", "1"])
    try #require(fitted.exitCode == 0, "\(fitted.messages)")
    let cases: [(arguments: [String: String], code: Int32, saying: String)] = [
      (["--run": folder("none")], 66, "none"), (["--run": set("frames/test")], 65, "no finished fold"),
      (["--frames": set("frames/labeled")], 65, "frames of another dataset?"),
      (["--out": folder("none/submission.csv")], 73, "none/"), (["--out": run], 73, "Is a directory"),
      (["--predictions": folder("submission.csv")], 64, "same file"),
      (["--out": set("test.json")], 64, "--out: is the same file as --annotations"),
      (["--predictions": set("truth.csv")], 73, "truth.csv: is there already"),
      (["--annotations": folder("none.json")], 66, "none"),
      (["--predictions": folder("none/p.jsonl")], 73, "none/p.jsonl"),
    ]
    let usual = [
      "--run": run, "--frames": set("frames/test"), "--annotations": set("test.json"),
      "--out": folder("submission.csv"),
    ]
    for (arguments, code, saying) in cases {
      let all = usual.merging(arguments) { $1 }.flatMap { [$0, $1] }
      try await CommandLineRunner.run(["infer"] + all).expectError(code, saying: saying)
    }
    #expect(!FileManager.default.fileExists(atPath: folder("submission.csv")))
    #expect(
      try !folder.contents().keys.contains { $0.hasSuffix("predictions.jsonl") && !$0.hasPrefix("run/") })
  }
}

extension CommandLineRunner.Outcome {
  /// As `expectError`, where lines about the course of things come before.
  func expectErrorAtEnd(
    _ code: Int32, saying parts: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(exitCode == code, "\(messages)", sourceLocation: sourceLocation)
    #expect(output.isEmpty, sourceLocation: sourceLocation)
    let errors = messages.split(whereSeparator: \.isNewline).filter { $0.contains("error:") }
    #expect(
      errors.count == 1 && messages.split(whereSeparator: \.isNewline).last == errors.last,
      sourceLocation: sourceLocation)
    for part in parts {
      #expect(errors.last?.contains(part) == true, "\(messages)", sourceLocation: sourceLocation)
    }
  }
}
