import Dataset
import Foundation
import Models
import Records
import RunFixtures
import Settings
import Storage
import SystemPackage
import Testing

@testable import Inference
@testable import Runs

@Suite("Two levels as two questions") struct TwoQuestionsTests {
  let folder: TemporaryFolder
  let data: TinyData
  var run: RunFolder { RunFolder(folder.path.appending("run")) }

  init() throws {
    folder = try TemporaryFolder()
    data = try TinyData(in: folder.path)
  }

  private func predict() throws -> [Prediction] {
    try Ensemble(reading: run.model(0), runtime: TinyData.runtime())
      .predictions(of: data.annotations, source: data.source)
  }

  @Test(
    "A fold is validated by what infer mixes: the model's folder says how, and is read again as it was written"
  )
  func saved() throws {
    _ = try data.fit(
      try TinyData.configuration("training.two_questions={loss: 1, weight: 0.75}"), in: run.path)
    let config = run.model(0).appending("config.json")
    let description = try JSONText.readSettings(ModelDescription.self, from: config)
    #expect(description.architecture.twoQuestions == .init(parents: [0, 0, 1], weight: 0.75))
    let mixed = try predict()
    let heldOut = Dictionary(
      uniqueKeysWithValues: try Prediction.read(run.predictions(0)).map { ($0.id, $0.probabilities) })
    for prediction in mixed {
      #expect(abs(prediction.probabilities.values.reduce(0, +) - 1) < 1e-5)
      guard let own = heldOut[prediction.id] else { continue }
      #expect(prediction.probabilities.allSatisfy { abs($1 - own[$0, default: 9]) < 1e-5 })
    }
    var flat = description
    flat.architecture.twoQuestions?.weight = 0
    try JSONText.write(flat, to: config)
    #expect(
      try predict().map(\.probabilities) != mixed.map(\.probabilities), "infer does not ask the two questions"
    )
  }

  @Test("Without them a run is what it was before there were such", arguments: ["weight: 0.5", "weight: 1"])
  func off(weight: String) throws {
    _ = try data.fit(try TinyData.configuration("training.two_questions={loss: 0, \(weight)}"), in: run.path)
    let other = RunFolder(folder.path.appending("other"))
    _ = try data.fit(try TinyData.configuration(), in: other.path)
    #expect(
      try Files.read(run.model(0).appending("model.safetensors"))
        == Files.read(other.model(0).appending("model.safetensors")))
  }

  @Test(
    "A folder whose first levels do not fit is refused by name",
    arguments: ["[0, 0]", "[0, 0, 2]", "[0, 0, -1]", "[1, 1, 1]"])
  func damaged(parents: String) throws {
    _ = try data.fit(
      try TinyData.configuration("training.two_questions.loss=1", "training.maximum_steps=1"), in: run.path,
      only: 0)
    let config = run.model(0).appending("config.json")
    let text = String(decoding: try Files.read(config), as: UTF8.self)
    let damaged = text.replacing(/"parents" : \[[^\]]*\]/, with: "\"parents\" : \(parents)")
    #expect(damaged != text)
    try AtomicFile.write(damaged, to: config)
    expectError(.badData, saying: "config.json", "two_questions.parents") { _ = try predict() }
  }
}
