import Foundation
import Testing

/// A few small videos with text, drawn, encoded and extracted by the program itself: `labeled.json` and `test.json`
/// with their frames in `frames/labeled` and `frames/test`.
final class SyntheticSet: Sendable {
  @TaskLocal fileprivate static var shared: SyntheticSet?

  /// The set of the suite that asks.
  static var current: SyntheticSet {
    get throws { try #require(shared, "the suite lacks the trait .syntheticSet") }
  }

  private let folder: TemporaryFolder

  fileprivate init() async throws {
    folder = try TemporaryFolder()
    var steps = [
      [
        "synth", "--out", folder("."), "--videos", "14", "--classes", "4", "--test", "4", "--seconds",
        "0.5...1",
      ]
    ]
    for part in ["labeled", "test"] {
      steps.append([
        "extract", "--videos", folder("videos"), "--annotations", folder("\(part).json"), "--out",
        folder("frames/\(part)"), "--short-side", "32",
      ])
    }
    for step in steps {
      let outcome = try await CommandLineRunner.run(step)
      try #require(outcome.exitCode == 0, "\(outcome.messages)")
    }
  }

  func callAsFunction(_ name: String) -> String { folder(name) }

  /// The entries of an annotation file.
  func annotations(_ name: String) throws -> [[String: any Sendable]] {
    let entries = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: folder(name))))
    return try #require(entries as? [[String: any Sendable]])
  }

  /// `fit` of the labelled videos with a model that is trained in a blink.
  func fitArguments(
    out: String, annotations: String? = nil, frames: String? = nil, folds: Int = 2, steps: Int = 3,
    computing: [String] = ["--threads", "1", "--precision", "fp32"]
  ) -> [String] {
    [
      "fit", "--frames", frames ?? folder("frames/labeled"), "--annotations",
      annotations ?? folder("labeled.json"),
      "--out", out, "--folds", "\(folds)", "--max-steps", "\(steps)", "--set",
      "backbone={img_size: 16, patch_size: 8, embed_dim: 16, depth: 1, num_heads: 2}", "--set",
      "text_encoder={hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 32}",
      "--set",
      "training={batch_size: 4, epochs: 2}",
    ] + computing
  }
}

/// Makes the set once for all tests of a suite.
struct SyntheticSetTrait: SuiteTrait, TestScoping {
  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await SyntheticSet.$shared.withValue(try await SyntheticSet(), operation: function)
  }
}

extension Trait where Self == SyntheticSetTrait {
  static var syntheticSet: SyntheticSetTrait { SyntheticSetTrait() }
}
