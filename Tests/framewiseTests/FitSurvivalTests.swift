import Foundation
import RunComparison
import Testing

@Suite("A fit that is killed, interrupted or short of room", .syntheticSet) struct FitSurvivalTests {
  let folder: TemporaryFolder
  let set: SyntheticSet

  init() throws {
    folder = try TemporaryFolder()
    set = try SyntheticSet.current
  }

  /// Twenty steps in each of two folds, a checkpoint after each.
  private func arguments(
    out: String, steps: Int = 20, checkpoints: Bool = true,
    computing: [String] = ["--threads", "1", "--precision", "fp32"]
  ) -> [String] {
    set.fitArguments(out: out, steps: steps, computing: computing) + ["--set", "training.epochs=10"]
      + (checkpoints ? ["--checkpoint-steps", "1"] : [])
  }

  /// Every file of a run, as far as no clock decides what is in it.
  private func files(_ run: String) throws -> [String: Data] {
    try comparable(
      try folder.contents().filter { $0.key.hasPrefix(run + "/") }.reduce(into: [:]) {
        $0[String($1.key.dropFirst(run.count))] = $1.value
      })
  }

  private static func checkpointFiles(_ run: String) -> [String] {
    ["fold-00", "fold-01"].flatMap { fold in
      (try? FileManager.default.contentsOfDirectory(atPath: "\(run)/\(fold)/checkpoints")) ?? []
    }
  }

  /// Waits until a file of a checkpoint is there whose name has `part`, and which was not there before.
  private static func wait(for part: String, in run: String, besides old: Set<String> = []) {
    wait(in: run) { $0.contains(part) && !old.contains($0) }
  }

  /// Waits until a checkpoint is whole that was not there before: its last file has its name.
  private static func waitForCheckpoint(in run: String, besides old: Set<String> = []) {
    wait(in: run) { $0.hasSuffix(".json") && !old.contains($0) }
  }

  private static func wait(in run: String, for isLookedFor: (String) -> Bool) {
    let end = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < end, !checkpointFiles(run).contains(where: isLookedFor) { usleep(200) }
  }

  /// Whether a checkpoint was being written when the process ended.
  private static func isHalfWritten(_ run: String) -> Bool {
    checkpointFiles(run).contains { $0.contains(".partial-") }
  }

  private enum Moment: CaseIterable {
    case whileWritingACheckpoint, afterACheckpoint, anyTime
  }

  private static func killer(of run: String, at moment: Moment) -> @Sendable (Int32) async throws -> Void {
    { process in
      let old = Set(checkpointFiles(run))
      func pause(_ milliseconds: ClosedRange<Int>) async throws {
        try await Task.sleep(for: .milliseconds(Int.random(in: milliseconds)))
      }
      switch moment {
      case .whileWritingACheckpoint:
        waitForCheckpoint(in: run)
        wait(for: ".partial-", in: run, besides: old)
      case .afterACheckpoint:
        waitForCheckpoint(in: run, besides: old)
        try await pause(0...500)
      case .anyTime: try await pause(0...2000)
      }
      kill(process, SIGKILL)
    }
  }

  /// `FRAMEWISE_KILL_ROUNDS=50 swift test --filter FitSurvivalTests` does it fifty times.
  private static let rounds =
    ProcessInfo.processInfo.environment["FRAMEWISE_KILL_ROUNDS"].flatMap { Int($0) } ?? 1

  @Test(
    "Killed at any moment, also while it writes a checkpoint, a fit ends byte for byte as one that was not",
    arguments: [
      ["--threads", "1", "--precision", "fp32"],
      ["--threads", "2", "--threads-per-part", "1", "--precision", "bf16"],
    ])
  func killed(computing: [String]) async throws {
    let whole = try await CommandLineRunner.run(
      arguments(out: folder("whole"), checkpoints: false, computing: computing))
    #expect(whole.exitCode == 0, "\(whole.messages)")
    let expected = try files("whole")
    #expect(expected.count > 10 && !expected.keys.contains { $0.contains("checkpoint") })
    for round in 1...Self.rounds {
      let (run, name) = (folder("killed"), "killed")
      var kills = 0
      var wentOn = 0
      var inCheckpoint = 0
      while true {
        let outcome = try await CommandLineRunner.run(
          arguments(out: run, computing: computing),
          whileRunning: kills < 5 ? Self.killer(of: run, at: Moment.allCases[kills % 3]) : nil)
        wentOn += outcome.messages.contains("goes on after step") ? 1 : 0
        guard outcome.exitCode != 0 else { break }
        try #require(outcome.exitCode == 128 + SIGKILL, "\(outcome.messages)")
        if Self.isHalfWritten(run) { inCheckpoint += 1 }
        kills += 1
      }
      let found = try files(name)
      let different = Set(expected.keys).union(found.keys).filter { expected[$0] != found[$0] }
      #expect(different.isEmpty, "round \(round): \(different.sorted())")
      #expect(kills > 0 && wentOn > 0)
      if Self.rounds > 1 {
        print("round \(round): \(kills) kills, \(inCheckpoint) in a checkpoint, went on \(wentOn) times")
      }
      try FileManager.default.removeItem(atPath: run)
    }
  }

  @Test("Ctrl-C and SIGTERM end with 75 after the step; the command that is said goes on to the same bytes")
  func interrupted() async throws {
    let whole = try await CommandLineRunner.run(arguments(out: folder("whole"), checkpoints: false))
    #expect(whole.exitCode == 0, "\(whole.messages)")
    var command = ""
    // A name that a shell would take apart.
    let run = folder("it's a run")
    for signal in [SIGINT, SIGTERM] {
      let outcome = try await CommandLineRunner.run(
        arguments(out: run),
        whileRunning: { process in
          Self.wait(for: signal == SIGINT ? "step-3." : "step-9.", in: run)
          kill(process, signal)
        })
      outcome.expectErrorAtEnd(75, saying: "interrupted after step", "this goes on from there: ")
      command = String(outcome.messages.split(separator: "from there: ").last ?? "")
      #expect(!Self.isHalfWritten(run))
    }
    let resumed = try await CommandLineRunner.run([], through: ["sh", "-c", command])
    #expect(resumed.exitCode == 0 && resumed.messages.contains("goes on after step"), "\(resumed.messages)")
    #expect(try files("it's a run") == files("whole"))
  }

  @Test("A second signal ends the program at once")
  func twice() async throws {
    let run = folder("run")
    let outcome = try await CommandLineRunner.run(
      arguments(out: run),
      whileRunning: { process in
        Self.wait(for: "step-2.", in: run)
        kill(process, SIGINT)
        kill(process, SIGTERM)
      })
    #expect(outcome.exitCode == 130 && !outcome.messages.contains("interrupted"), "\(outcome.messages)")
  }

  @Test(
    "A disk with room for the models but not for checkpoints stops nothing, and it is said at the end",
    .enabled(if: SmallDisk.isPossible, SmallDisk.reason))
  func noRoomForCheckpoints() async throws {
    try FileManager.default.createDirectory(atPath: folder("small"), withIntermediateDirectories: false)
    let outcome = try await CommandLineRunner.run(
      arguments(out: folder("small/run"), steps: 4) + [
        "--fold", "0", "--set", "text_encoder.hidden_size=64",
      ], through: SmallDisk.command(of: "7700k", at: folder("small")))
    #expect(outcome.exitCode == 0, "\(outcome.messages)")
    #expect(outcome.messages.contains("no checkpoint of step 1 of fold 0"), "\(outcome.messages)")
    #expect(outcome.messages.contains("No space left on device"))
    #expect(outcome.output.contains("checkpoints could not be written"), "\(outcome.output)")
  }

  @Test("A model that does not fit into --memory is 75 in one line")
  func memory() async throws {
    let outcome = try await CommandLineRunner.run(set.fitArguments(out: folder("run")) + ["--memory", "1"])
    outcome.expectErrorAtEnd(75, saying: "out of memory", "the limit of 1048576")
  }

  @Test("--resume and --replay want a run that is there")
  func nothingThere() async throws {
    for option in ["--resume", "--replay"] {
      let outcome = try await CommandLineRunner.run(set.fitArguments(out: folder("run")) + [option])
      outcome.expectError(66, saying: "run", "no run here")
    }
    let out = folder("one")
    let first = try await CommandLineRunner.run(set.fitArguments(out: out) + ["--fold", "1"])
    #expect(first.exitCode == 0, "\(first.messages)")
    let resumed = try await CommandLineRunner.run(set.fitArguments(out: out) + ["--resume"])
    #expect(resumed.exitCode == 0 && !resumed.messages.contains("fold 1, epoch"), "\(resumed.messages)")
    try await CommandLineRunner.run(set.fitArguments(out: out) + ["--replay"])
      .expectErrorAtEnd(66, saying: "no fold has diverged")
  }

  @Test(
    "Options that make no sense are refused",
    arguments: [
      ["--checkpoint-steps", "0"], ["--checkpoint-minutes=-1"], ["--max-bad-steps", "0"], ["--memory", "0"],
    ])
  func usage(option: [String]) async throws {
    let outcome = try await CommandLineRunner.run(set.fitArguments(out: folder("run")) + option)
    #expect(outcome.exitCode == 64, "\(outcome.messages)")
  }
}
