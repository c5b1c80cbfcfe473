import Batching
import Foundation
import Inference
import JSONSchema
import Metrics
import RunFixtures
import Settings
import Storage
import SystemPackage
import Tasks
import Testing
import Training

@testable import Runs

@Suite("The plan of an ablation") struct AblationPlanTests {
  private func plan(_ text: String) throws -> AblationPlan {
    let folder = try TemporaryFolder()
    return try AblationPlan(reading: try folder.write(text, to: "recipe.yaml"), preset: .tiny)
  }

  @Test("Variations are the preset with the common settings and then their own, in the order of the file")
  func resolved() throws {
    let plan = try plan(
      """
      seeds: [3, 1]
      folds: [4, 0]
      settings: {training.epochs: 4, training: {batch_size: 8}}
      variations:
        plain:
        pgd: {training.adversary: {method: pgd}, training.adversary.alpha: 0.5}
        a+b_2.0-x: {training: {epochs: 2}}
      """)
    var expected = Preset.tiny.configuration
    expected.optimization.epochs = 4
    expected.optimization.batchSize = 8
    var pgd = expected
    pgd.classification.adversary.method = .pgd
    pgd.classification.adversary.alpha = 0.5
    var short = expected
    short.optimization.epochs = 2
    #expect(plan.seeds == [3, 1] && plan.folds == [0, 4])
    #expect(plan.variations.map(\.name) == ["plain", "pgd", "a+b_2.0-x"])
    #expect(plan.variations.map(\.configuration) == [expected, pgd, short])
  }

  @Test("Without seeds and folds it is one seed and all folds")
  func defaults() throws {
    let plan = try plan("settings: {folds: 3}\nvariations: {plain: {}}")
    #expect(plan.seeds == [1] && plan.folds == [0, 1, 2])
  }

  @Test(
    "What is no plan is refused in one line that says where",
    arguments: [
      ("", "takes the keys"), ("[1]", "takes the keys"), ("variation: {}", "'variation'"),
      ("variations: {}", "variations"), ("variations: [a]", "variations"),
      ("seeds: 3\nvariations: {a: {}}", "'seeds' takes a list"),
      ("seeds: [1, 1]\nvariations: {a: {}}", "different"), ("seeds: []\nvariations: {a: {}}", "'seeds'"),
      ("seeds: [-1]\nvariations: {a: {}}", "'seeds'"),
      ("folds: [10]\nvariations: {a: {}}", "fold 10"), ("folds: [-1]\nvariations: {a: {}}", "fold -1"),
      ("variations: {a: {training.epoch: 3}}", "variation a: 'training.epoch' is no setting"),
      ("variations: {a: {training.epochs: 0}}", "variation a: 'training.epochs'"),
      ("variations: {a: 5}", "variation a"), ("settings: 5\nvariations: {a: {}}", "takes settings"),
      ("variations: {../a: {}}", "is no name"), ("variations: {'': {}}", "is no name"),
      ("variations: {.a: {}}", "is no name"), ("variations: {a: {folds: 3}, b: {}}", "number of folds"),
      ("variations: {a: {}, a: {}}", "not YAML"),
    ])
  func refused(text: String, saying: String) {
    expectError(.usage, saying: "recipe.yaml", saying) { _ = try plan(text) }
  }

  @Test("What the documentation's table compares ends with the preset as it ships")
  func shipped() throws {
    let root = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
    let plan = try AblationPlan(reading: root.pushing("Benchmarks/ablation.yaml"), preset: .tiny)
    var preset = Preset.tiny.configuration
    preset.folds = 2
    #expect(plan.variations.first { $0.name == "preset" }?.configuration == preset)
    #expect(plan.variations.first?.configuration != preset && plan.folds == [0])
  }

  @Test("Schema, example and reader say the same")
  func format() throws {
    let format = try FileFormat("ablation-plan")
    #expect(JSONSchema(format.schema).problems(in: format.example) == [])
    let text = String(decoding: try JSONEncoder().encode(format.example), as: UTF8.self)
    let plan = try plan(text)  // JSON is YAML
    #expect(plan.variations.map(\.name).sorted() == ["pgd", "plain"] && plan.seeds == [1, 2])
    #expect(try FileFormat("ablation-report").problems(as: AblationReport.self) == [])
  }
}
