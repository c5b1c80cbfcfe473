import Foundation
import Testing

@Suite("framewise embed", .syntheticSet) struct EmbedCommandTests {
  let folder: TemporaryFolder
  let set: SyntheticSet

  init() throws {
    folder = try TemporaryFolder()
    set = try SyntheticSet.current
  }

  @Test(
    "A fold's backbone makes a folder of vectors, which is not written over unasked and is no input for other folds"
  )
  func wholeWay() async throws {
    let fitted = try await CommandLineRunner.run(
      set.fitArguments(out: folder("video")) + ["--modality", "video"])
    #expect(fitted.exitCode == 0, "\(fitted.messages)")
    let arguments = [
      "embed", "--model", folder("video/fold-00/model"), "--frames", set("frames/labeled"), "--annotations",
      set("labeled.json"), "--out", folder("vectors"), "--threads", "1",
    ]
    let embedded = try await CommandLineRunner.run(arguments + ["--json"])
    #expect(embedded.exitCode == 0, "\(embedded.messages)")
    let summary = try #require(
      try JSONSerialization.jsonObject(with: Data(embedded.output.utf8)) as? [String: Any])
    #expect(summary["videos"] as? Int == 10 && summary["missing"] as? Int == 0)
    let lines = try folder.text("vectors/ids.jsonl").split(separator: "\n")
    #expect(lines.count == summary["vectors"] as? Int && lines.first?.contains("\"time\":0") == true)
    try await CommandLineRunner.run(arguments).expectError(73, saying: "--overwrite")
    #expect(try await CommandLineRunner.run(arguments + ["--overwrite", "--of", "videos"]).exitCode == 0)
    #expect(try folder.text("vectors/ids.jsonl").split(separator: "\n").count == 10)
    try await CommandLineRunner.run(
      "embed", "--model", folder("video"), "--frames", set("frames/labeled"), "--out", folder("other")
    ).expectError(64, saying: "is a run")

    let export = [
      "export", "--model", folder("video/fold-00/model"), "--part", "text-encoder", "--out", folder("text"),
    ]
    let exported = try await CommandLineRunner.run(export + ["--to", "hf"])
    #expect(exported.exitCode == 0, "\(exported.messages)")
    #expect(try folder.text("text/config.json").contains("\"BertModel\""))
    try await CommandLineRunner.run(export + ["--to", "hf"]).expectError(73, saying: "--overwrite")
    try await CommandLineRunner.run(export + ["--to", "timm", "--overwrite"])
      .expectError(64, saying: "timm has no text encoders")
  }
}
