import Foundation
import Testing

@Suite("framewise ablate", .syntheticSet) struct AblateCommandTests {
  let folder: TemporaryFolder
  let set: SyntheticSet

  init() throws {
    folder = try TemporaryFolder()
    set = try SyntheticSet.current
  }

  private func ablate(_ recipe: String, _ more: String...) async throws -> CommandLineRunner.Outcome {
    try await CommandLineRunner.run(
      [
        "ablate", try folder.write(recipe, to: "recipe.yaml"), "--frames", set("frames/labeled"),
        "--annotations",
        set("labeled.json"), "--out", folder("out"), "--threads", "1", "--precision", "fp32",
      ] + more)
  }

  @Test("Variations are trained and compared, and the same command finds nothing left to train")
  func wholeWay() async throws {
    let recipe = """
      seeds: [4]
      folds: [1]
      settings:
        folds: 2
        backbone: {img_size: 16, patch_size: 8, embed_dim: 16, depth: 1, num_heads: 2}
        text_encoder: {hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 32}
        training: {batch_size: 4, epochs: 1}
      variations:
        plain:
        r-drop: {training.r_drop: 1}
      """
    let outcome = try await ablate(recipe, "--json")
    #expect(outcome.exitCode == 0, "\(outcome.messages)")
    let report = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    let rows = try #require(report["rows"] as? [[String: Any]])
    #expect(rows.compactMap { $0["name"] as? String } == ["plain", "r-drop"])
    #expect(rows[0]["difference"] == nil && rows[1]["difference"] is [String: Any])
    #expect(outcome.messages.contains("variation r-drop, seed 4"))

    let again = try await ablate(recipe)
    #expect(again.exitCode == 0 && !again.messages.contains("done: mean F1"), "\(again.messages)")
    #expect(again.output.contains("| r-drop | 1 |") && again.output.hasSuffix("out/ablation.md\n"))
  }

  @Test("Linear models are trained once for all runs that share the folds, or not at all")
  func sharedFloor() async throws {
    let recipe = """
      seeds: [4, 5]
      settings:
        folds: 2
        modality: text
        text_encoder: {hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 32}
        training: {batch_size: 4, epochs: 1, maximum_steps: 1}
      variations:
        plain:
        other: {training.label_smoothing: 0.2}
      """
    let without = try await ablate(recipe, "--no-floor")
    #expect(without.exitCode == 0 && !without.messages.contains("floor  "), "\(without.messages)")
    #expect(!FileManager.default.fileExists(atPath: folder("out/floor")))
    let outcome = try await ablate(recipe)
    #expect(outcome.exitCode == 0, "\(outcome.messages)")
    #expect(outcome.messages.components(separatedBy: "floor  2/2").count == 2, "\(outcome.messages)")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder("out/floor/text-2-1"))
    #expect(names.sorted() == ["config.json", "fold-00.jsonl", "fold-01.jsonl", "model.safetensors"])
    for run in ["plain/seed-4", "other/seed-5"] {
      // Each can predict by itself.
      let own = try FileManager.default.contentsOfDirectory(atPath: folder("out/\(run)/floor"))
      #expect(own.sorted() == ["config.json", "model.safetensors"])
      #expect(try folder.text("out/\(run)/report.md").contains("## The floor"))
    }
  }

  @Test("Files of the user's own are not taken for those of an ablation")
  func ownFiles() async throws {
    try FileManager.default.createDirectory(atPath: folder("out"), withIntermediateDirectories: false)
    try folder.write("mine", to: "out/ablation.md")
    let outcome = try await ablate("variations: {plain: }")
    outcome.expectError(73, saying: "out/ablation.md: is there already; give another --out")
    #expect(!outcome.messages.contains("--overwrite"))
    #expect(try folder.text("out/ablation.md") == "mine")
  }

  @Test("A recipe that is none is exit code 64, one that is not there 66")
  func refused() async throws {
    try await ablate("variations: {a: {training.epoch: 1}}").expectError(
      64, saying: "recipe.yaml, variation a", "training.epochs")
    try await CommandLineRunner.run(
      "ablate", folder("none.yaml"), "--annotations", set("labeled.json"), "--out", folder("out")
    ).expectError(66, saying: "none.yaml")
  }
}
