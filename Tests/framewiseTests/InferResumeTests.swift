import Foundation
import Testing

@Suite("An infer that is stopped", .syntheticSet) struct InferResumeTests {
  let folder: TemporaryFolder
  let set: SyntheticSet

  init() throws {
    folder = try TemporaryFolder()
    set = try SyntheticSet.current
  }

  /// Four videos are predicted together.
  private func infer(
    _ out: String, precision: String = "fp32", through wrapper: [String] = []
  ) async throws -> CommandLineRunner.Outcome {
    try await CommandLineRunner.run(
      [
        "infer", "--run", folder("run"), "--frames", set("frames/labeled"), "--annotations",
        set("labeled.json"), "--out", folder("\(out).csv"), "--threads", "8",
        "--precision", precision,
      ], through: wrapper)
  }

  private func unfinished() throws -> [String] {
    try folder.contents().keys.filter { $0.contains(".unfinished-") }
  }

  @Test("Ended in the middle, it goes on with the same command and ends with the same bytes")
  func ended() async throws {
    let fitted = try await CommandLineRunner.run(set.fitArguments(out: folder("run")) + ["--fold", "0"])
    try #require(fitted.exitCode == 0, "\(fitted.messages)")
    let whole = try await infer("whole")
    #expect(whole.exitCode == 0, "\(whole.messages)")
    // A process that writes more than 1024 bytes into a file is ended by the kernel.
    let limit = ["sh", "-c", "ulimit -f 2; exec \"$@\"", "sh"]
    let ended = try await infer("cut", through: limit)
    #expect(ended.exitCode != 0 && ended.output.isEmpty)
    #expect(try unfinished().count == 1)
    #expect(try !folder.contents().keys.contains("cut.csv"))

    let other = try await infer("cut", precision: "bf16", through: limit)
    #expect(other.messages.contains("this begins anew"), "\(other.messages)")
    #expect(try unfinished().count == 2)

    let rest = try await infer("cut")
    #expect(rest.exitCode == 0 && rest.messages.contains("of 10 videos are predicted already"))
    #expect(rest.output == whole.output.replacing("whole.", with: "cut."))
    #expect(try folder.text("cut.csv") == folder.text("whole.csv"))
    #expect(try folder.text("cut.predictions.jsonl") == folder.text("whole.predictions.jsonl"))
    #expect(try unfinished().isEmpty)
    #expect(
      try !folder.contents().keys.contains { $0.contains(".partial-") },
      "nothing of those that were ended stays")

    // Ended when the submission was in place and the probabilities were not.
    let probabilities = try folder.text("whole.predictions.jsonl")
    _ = try await infer("late", through: limit)
    let partial = try #require(try unfinished().first)
    func leave(_ submission: String) throws {
      _ = try folder.write(probabilities, to: partial)
      _ = try folder.write(submission, to: "late.csv")
    }
    try leave("v1,0100\n")
    let refused = try await infer("late")
    #expect(refused.exitCode == 73 && refused.messages.contains("late.csv: is there already"))
    #expect(try folder.text("late.csv") == "v1,0100\n")
    try leave(try folder.text("whole.csv"))
    let late = try await infer("late")
    #expect(late.exitCode == 0, "\(late.messages)")
    #expect(late.output == whole.output.replacing("whole.", with: "late."))
    #expect(try folder.text("late.predictions.jsonl") == probabilities)
    #expect(try folder.text("late.csv") == folder.text("whole.csv") && unfinished().isEmpty)
    let again = try await infer("late")
    again.expectError(73, saying: "late.csv", "is there already")
  }
}
