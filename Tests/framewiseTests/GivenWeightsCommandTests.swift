import Foundation
import Testing

@Suite("framewise fit from given weights", .syntheticSet) struct GivenWeightsCommandTests {
  let folder: TemporaryFolder
  let set: SyntheticSet

  init() throws {
    folder = try TemporaryFolder()
    set = try SyntheticSet.current
  }

  /// `fit` without the backbone's keys, which come with the weights.
  private func arguments(out: String, _ more: String...) -> [String] {
    var arguments = set.fitArguments(out: out)
    if let place = arguments.firstIndex(where: { $0.hasPrefix("backbone={") }) {
      arguments.removeSubrange(place - 1...place)
    }
    return arguments + more
  }

  @Test("A first stage learns the backbone, the second is built on it, frozen; its models read frames")
  func twoStages() async throws {
    let video = try await CommandLineRunner.run(
      set.fitArguments(out: folder("video")) + ["--modality", "video"])
    #expect(video.exitCode == 0, "\(video.messages)")
    let both = arguments(out: folder("both"), "--backbone", folder("video"), "--freeze", "backbone")
    let fitted = try await CommandLineRunner.run(both)
    #expect(fitted.exitCode == 0, "\(fitted.messages)")
    #expect(fitted.messages.contains("the backbone is the backbones of \(folder("video"))"))
    #expect(fitted.messages.contains("training.unfreezing={start: 1, end: 1}"))
    #expect(fitted.messages.contains("the frozen backbone's vectors of 10 videos are there"))
    let inferred = try await CommandLineRunner.run(
      "infer", "--run", folder("both"), "--frames", set("frames/test"), "--annotations", set("test.json"),
      "--out", folder("submission.csv"), "--threads", "1")
    #expect(inferred.exitCode == 0, "\(inferred.messages)")
    // Nothing is computed again; without the earlier run neither.
    try FileManager.default.removeItem(atPath: folder("video"))
    let again = try await CommandLineRunner.run(
      arguments(out: folder("both"), "--config", folder("both/configuration.yaml"), "--resume"))
    #expect(again.exitCode == 0 && again.messages.contains("nothing to train"), "\(again.messages)")
  }

  @Test("Options that lack the backbone they are about, and folders that are none, are refused")
  func refused() async throws {
    for (option, value) in [("--freeze", "backbone"), ("--input-size", "32")] {
      let outcome = try await CommandLineRunner.run(arguments(out: folder("run"), option, value))
      #expect(outcome.exitCode == 64 && outcome.messages.contains("\(option) goes with --backbone"))
    }
    try await CommandLineRunner.run(arguments(out: folder("run"), "--backbone", folder("nowhere")))
      .expectError(
        66, saying: "nowhere")
    try FileManager.default.createDirectory(atPath: folder("empty"), withIntermediateDirectories: false)
    try await CommandLineRunner.run(arguments(out: folder("run"), "--backbone", folder("empty"))).expectError(
      65, saying: "holds no config.json")
    #expect(!FileManager.default.fileExists(atPath: folder("run")))
  }
}
