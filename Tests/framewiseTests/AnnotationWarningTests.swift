import Foundation
import Testing

@Suite("Annotations that say more or less than they seem to", .syntheticSet) struct AnnotationWarningTests {
  let folder: TemporaryFolder
  let set: SyntheticSet
  /// With `Category_ID` beside the right key in three entries.
  let misspelt: String

  init() throws {
    folder = try TemporaryFolder()
    set = try SyntheticSet.current
    var entries = try set.annotations("labeled.json")
    for place in 0..<3 { entries[place]["Category_ID"] = "0203" }
    try folder.write(JSONSerialization.data(withJSONObject: entries), to: "misspelt.json")
    misspelt = folder("misspelt.json")
  }

  private let warning =
    "\"Category_ID\" in 3 entries is no key of annotations and is passed over; is \"category_id\" meant?"

  @Test("Every command that reads annotations tells which keys it passes over")
  func everywhere() async throws {
    try folder.write(Data("7,0203\n".utf8), to: "submission.csv")
    let run = folder("run")
    let commands = [
      [
        "extract", "--videos", set("videos"), "--annotations", misspelt, "--out", folder("frames"),
        "--short-side", "32",
      ],
      [
        "contact-sheet", "--frames", set("frames/labeled"), "--annotations", misspelt, "--out",
        folder("sheet.html"),
      ],
      ["vocab", misspelt, "--size", "300", "--out", folder("small.model")],
      ["evaluate", folder("submission.csv"), misspelt],
      ["evaluate", folder("submission.csv"), folder("submission.csv"), "--train", misspelt],
      set.fitArguments(out: run, annotations: misspelt) + ["--fold", "0"],
      [
        "infer", "--run", run, "--frames", set("frames/labeled"), "--annotations", misspelt, "--out",
        folder("x.csv"),
      ],
    ]
    for command in commands {
      let outcome = try await CommandLineRunner.run(command)
      #expect(
        outcome.messages.components(separatedBy: warning).count == 2, "\(command[0]): \(outcome.messages)")
    }
    let outcome = try await CommandLineRunner.run("validate", "--annotations", misspelt, "--json")
    #expect(outcome.exitCode == 0)
    let report = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    let warnings = try #require(report["warnings"] as? [[String: String]])
    #expect(warnings.contains { warning == "\($0["what"] ?? ""); \($0["advice"] ?? "")" })
  }

  @Test("The same annotations as JSON Lines, packed or not, give the same submission and the same frames")
  func lines() async throws {
    let entries = try set.annotations("labeled.json")
    let lines = try entries.map { entry in
      String(decoding: try JSONSerialization.data(withJSONObject: entry), as: UTF8.self)
    }.joined(separator: "\n")
    try folder.write(Data(lines.utf8), to: "labeled.jsonl")
    let packing = Process()
    packing.executableURL = URL(filePath: "/usr/bin/env")
    packing.arguments = ["gzip", "--keep", folder("labeled.jsonl")]
    try packing.run()
    packing.waitUntilExit()
    let run = folder("run")
    let fit = try await CommandLineRunner.run(
      set.fitArguments(out: run, annotations: folder("labeled.jsonl.gz")))
    #expect(fit.exitCode == 0, "\(fit.messages)")
    for (number, annotations) in [set("labeled.json"), folder("labeled.jsonl"), folder("labeled.jsonl.gz")]
      .enumerated()
    {
      let extracted = try await CommandLineRunner.run(
        "extract", "--videos", set("videos"), "--annotations", annotations, "--out",
        folder("frames\(number)"),
        "--short-side", "32")
      let inferred = try await CommandLineRunner.run(
        "infer", "--run", run, "--frames", folder("frames\(number)"), "--annotations", annotations, "--out",
        folder("\(number).csv"), "--threads", "1")
      let scored = try await CommandLineRunner.run("evaluate", folder("\(number).csv"), annotations)
      #expect(extracted.exitCode + inferred.exitCode + scored.exitCode == 0, "\(inferred.messages)")
    }
    for number in [1, 2] {
      #expect(try folder.text("\(number).csv") == folder.text("0.csv"))
      for file in ["dataset.json", "quarantine.jsonl"] {
        #expect(try folder.text("frames\(number)/\(file)") == folder.text("frames0/\(file)"))
      }
    }
  }
}
