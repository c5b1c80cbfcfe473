import ArgumentParser
import Foundation
import Testing

@testable import framewise

@Suite("framewise synth")
struct SynthCommandTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func synth(_ arguments: String...) async throws -> CommandLineRunner.Outcome {
    try await CommandLineRunner.run(["synth", "--seconds", "0.5"] + arguments)
  }

  @Test("Makes a set that evaluate can score, says what is in it, and the same again for the same options")
  func makes() async throws {
    let arguments = ["--videos", "8", "--classes", "4", "--test", "3", "--broken", "1", "--json"]
    let outcome = try await CommandLineRunner.run(
      ["synth", "--seconds", "0.5", "--out", folder("a")] + arguments)
    #expect(outcome.exitCode == 0)
    #expect(outcome.messages.contains("drawing  8/8  100%"))
    let summary = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    #expect(summary["labeled"] as? Int == 5)
    #expect(summary["test"] as? Int == 3)
    #expect((summary["broken"] as? [String])?.count == 1)
    let scored = try await CommandLineRunner.run("evaluate", folder("a/truth.csv"), folder("a/truth.csv"))
    #expect(scored.output.hasPrefix("mean F1           1.0000\n"))

    _ = try await CommandLineRunner.run(["synth", "--seconds", "0.5", "--out", folder("b")] + arguments)
    let contents = try folder.contents()
    for (name, content) in contents where name.hasPrefix("a/") {
      #expect(contents["b/" + name.dropFirst(2)] == content, "\(name)")
    }
  }

  @Test(
    "Wrong usage is exit code 64",
    arguments: [
      [], ["--out", ""], ["--out", "x", "--seconds", "3...1"], ["--out", "x", "--seconds", "1...2...3"],
      ["--out", "x", "--seconds", "nan"], ["--out", "x", "--videos", "many"], ["--out", "x", "--seed", "-1"],
      ["--out", "x", "--test", "1", "--test-fraction", "0.5"],
    ])
  func wrongUsage(arguments: [String]) throws {
    let error = #expect(throws: (any Error).self) { try Framewise.parseAsRoot(["synth"] + arguments) }
    #expect(error.map { Framewise.exitCode(for: $0).rawValue } == 64)
  }

  @Test("A set that cannot be is exit code 64 and nothing is made")
  func impossible() async throws {
    try await synth("--out", folder("a"), "--videos", "3").expectError(64, saying: "--videos: 3")
    #expect(try folder.contents().isEmpty)
  }

  @Test("Files of the user's own are not written over, unless that is asked for")
  func ownFiles() async throws {
    for name in ["labeled.json", "truth.csv"] {
      let file = try folder.write("mine", to: name)
      let arguments = ["--out", folder("."), "--videos", "8", "--classes", "4"]
      try await CommandLineRunner.run(["synth", "--seconds", "0.5"] + arguments)
        .expectError(73, saying: "\(name): is there already", "--overwrite")
      #expect(try folder.contents() == [name: Data("mine".utf8)])
      try FileManager.default.removeItem(atPath: file)
    }
    try folder.write("mine", to: "labeled.json")
    let outcome = try await synth("--out", folder("."), "--videos", "8", "--classes", "4", "--overwrite")
    #expect(outcome.exitCode == 0)
    #expect(try folder.text("labeled.json").contains("category_id"))
  }

  @Test("An output that is a file, or that may not be made, is exit code 73")
  func unwritable() async throws {
    let file = try folder.write("before", to: "file")
    try await synth("--out", file).expectError(73, saying: "file")
    #expect(try folder.text("file") == "before")
    try await synth("--out", "/proc/framewise").expectError(73, saying: "/proc/framewise")
  }

  @Test(
    "Interrupted: exit code 130, one line, no partial files, and no annotations of videos that are not there")
  func interrupted() async throws {
    let started = folder("a/videos")
    let outcome = try await CommandLineRunner.run(["synth", "--out", folder("a"), "--videos", "5000"]) {
      await CommandLineRunner.interrupt($0) { FileManager.default.fileExists(atPath: started) }
    }
    // On a slow machine a line about progress comes before.
    outcome.expectErrorAtEnd(130, saying: "interrupted")
    #expect(try folder.contents().keys.allSatisfy { $0.hasSuffix(".mp4") || !$0.contains(".") })
  }
}
