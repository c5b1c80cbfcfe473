import Foundation
import Testing

@Suite("framewise extract")
struct ExtractCommandTests {
  /// A folder with `videos/a.mp4` (which is text), `videos/b.mp4` (empty) and an annotation file for both.
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try FileManager.default.createDirectory(atPath: folder("videos"), withIntermediateDirectories: true)
    try folder.write("only text\n", to: "videos/a.mp4")
    try folder.write("", to: "videos/b.mp4")
    try folder.write(#"[{"id": "a"}, {"id": "b"}]"#, to: "annotations.json")
  }

  func extract(_ arguments: String...) async throws -> CommandLineRunner.Outcome {
    try await CommandLineRunner.run(["extract", "--videos", folder("videos")] + arguments)
  }

  @Test("videos that are none are counted by reason and end no run")
  func quarantine() async throws {
    let outcome = try await extract("--annotations", folder("annotations.json"), "--out", folder("frames"))
    #expect(outcome.exitCode == 0, "\(outcome.messages)")
    #expect(outcome.output.contains("0 of 2 videos"))
    #expect(outcome.output.contains("1 empty, 1 not-media"))
    let again = try await extract(
      "--annotations", folder("annotations.json"), "--out", folder("frames"), "--json")
    #expect(again.output.contains(#""was_complete" : true"#))
  }

  @Test("keyframes are called so in the summary")
  func keyframes() async throws {
    let outcome = try await extract(
      "--annotations", folder("annotations.json"), "--out", folder("frames"), "--mode", "keyframes")
    #expect(outcome.output.contains("0 keyframes"), "\(outcome.output)")
    #expect(
      try await extract("--annotations", folder("annotations.json"), "--out", folder("f"), "--mode", "fast")
        .exitCode
        == 64)
  }

  @Test("an id that leads elsewhere is refused before anything is written")
  func escapingID() async throws {
    try folder.write(#"[{"id": "../a"}]"#, to: "escaping.json")
    let outcome = try await extract("--annotations", folder("escaping.json"), "--out", folder("frames"))
    outcome.expectError(65, saying: "../a")
    #expect(!FileManager.default.fileExists(atPath: folder("frames")))
  }

  @Test("a wrong folder of videos is 65; videos that come later are told of, and how to have them read")
  func wrongFolder() async throws {
    let arguments = ["--annotations", folder("annotations.json"), "--out", folder("frames")]
    try FileManager.default.createDirectory(atPath: folder("wrong/x"), withIntermediateDirectories: true)
    try await CommandLineRunner.run(["extract", "--videos", folder("wrong")] + arguments)
      .expectError(65, saying: "any of the 2 ids", "a.<extension>", "it holds x")
    #expect(!FileManager.default.fileExists(atPath: folder("frames")))
    try folder.write("only text\n", to: "wrong/x/a.mp4")
    _ = try await CommandLineRunner.run(["extract", "--videos", folder("wrong")] + arguments)
    let again = try await CommandLineRunner.run(["extract", "--videos", folder("videos")] + arguments)
    #expect(again.exitCode == 0 && again.output.contains("complete already; --retry-quarantined"), "\(again)")
    #expect(again.messages.contains("1 videos in quarantine as missing have a file now"))
  }

  @Test("annotations can come from standard input; a folder cannot be standard output")
  func standardStreams() async throws {
    let outcome = try await CommandLineRunner.run(
      ["extract", "--videos", folder("videos"), "--annotations", "-", "--out", folder("frames")],
      through: ["sh", "-c", "cat '\(folder("annotations.json"))' | \"$@\"", "sh"])
    #expect(outcome.exitCode == 0 && outcome.output.contains("0 of 2 videos"), "\(outcome)")
    let wrong = try await extract("--annotations", folder("annotations.json"), "--out", "-")
    #expect(wrong.exitCode == 64)
    #expect(try !folder.contents().keys.contains("-"))
  }

  @Test("missing input is 66, an output that cannot be made 73, nonsense 64")
  func exitCodes() async throws {
    let annotations = folder("annotations.json")
    try await extract("--annotations", folder("none.json"), "--out", folder("frames")).expectError(
      66, saying: "none.json")
    try await CommandLineRunner.run(
      "extract", "--videos", folder("none"), "--annotations", annotations, "--out", folder("f")
    )
    .expectError(66, saying: "none")
    #expect(!FileManager.default.fileExists(atPath: folder("f")))
    try await extract("--annotations", annotations, "--out", folder("annotations.json")).expectError(
      73, saying: "annotations.json")
    try await extract("--annotations", annotations, "--out", folder("annotations.json/below")).expectError(
      73, saying: "annotations.json")
    #expect(
      try await extract("--annotations", annotations, "--out", folder("f"), "--quality", "101").exitCode == 64
    )
  }

  @Test("several processes share the shards; what makes no sense among them is refused")
  func severalProcesses() async throws {
    let common = [
      "extract", "--videos", folder("videos"), "--annotations", folder("annotations.json"), "--shard-size",
      "1",
    ]
    let first = try await CommandLineRunner.run(
      common + ["--out", folder("f")], environment: ["RANK": "0", "WORLD_SIZE": "2"])
    #expect(
      first.exitCode == 0 && first.output.contains("complete when the other shards are there"), "\(first)")
    let second = try await CommandLineRunner.run(common + ["--out", folder("f"), "--shard-range", "1:2"])
    #expect(second.exitCode == 0 && second.output.contains("0 of 2 videos"), "\(second)")
    let wrong = try await CommandLineRunner.run(
      common + ["--out", folder("g")], environment: ["RANK": "2", "WORLD_SIZE": "2"])
    wrong.expectError(64, saying: "RANK")
    for arguments in [["--shard-range", "2:1"], ["--shard-range", "0:1", "--overwrite"]] {
      #expect(try await CommandLineRunner.run(common + ["--out", folder("g")] + arguments).exitCode == 64)
    }
    #expect(!FileManager.default.fileExists(atPath: folder("g")))
  }
}
