import Batching
import RunFixtures
import Storage
import SystemPackage
import Tasks
import Testing
import Training

@testable import Settings

@Suite("Configurations of pre-training") struct PretrainingConfigurationTests {
  private func resolved(_ settings: String...) throws -> PretrainingConfiguration {
    var reader = try ConfigurationReader(pretraining: .tiny)
    for setting in settings { try reader.override(setting) }
    return try reader.pretraining()
  }

  @Test("What is saved is read back the same, by itself and over any preset", arguments: Preset.allCases)
  func roundTrip(preset: Preset) throws {
    let configuration = preset.pretraining
    let folder = try TemporaryFolder()
    let path = try folder.write(try configuration.yaml, to: "configuration.yaml")
    #expect(try PretrainingConfiguration(reading: path) == configuration)
    var reader = try ConfigurationReader(pretraining: .tiny)
    try reader.merge(file: path)
    #expect(try reader.pretraining() == configuration)
    // The encoder is that which a fit of the preset would have.
    #expect(
      configuration.encoder(vocabularySize: 8000, vectorSize: nil)
        == preset.configuration.encoder(vocabularySize: 8000, vectorSize: nil))
  }

  @Test("Its settings are set by their names")
  func settings() throws {
    let configuration = try resolved(
      "pretraining.tokens.part=0.3", "pretraining.matching.weight=0", "training.epochs=3")
    #expect(configuration.questions.tokens.part == 0.3 && configuration.questions.matching.weight == 0)
    #expect(configuration.optimization.epochs == 3)
  }

  @Test(
    "What nothing can work with, and what is about categories, is refused by name",
    arguments: [
      ("pretraining.tokens.part=1", "pretraining.tokens.part"),
      ("pretraining.tokens.part=0", "no token is asked for"),
      ("pretraining.tokens.longest=0", "pretraining.tokens.longest"),
      ("pretraining.matching.swapped=-0.1", "pretraining.matching.swapped"),
      ("pretraining.contrast.temperature=0", "pretraining.contrast.temperature"),
      ("pretraining.held_out=1", "pretraining.held_out"),
      (
        "pretraining={tokens: {weight: 0}, texts: {weight: 0}, matching: {weight: 0}, contrast: {weight: 0}}",
        "asks nothing"
      ),
      ("training.sampling_exponent=0.5", "training.sampling_exponent"),
      ("training.average.weights=soup", "training.average.weights"), ("modality=video", "about text"),
      ("folds=5", "'folds' is no setting"), ("calibration.floor=true", "is no setting"),
      ("training.label_smoothing=0.1", "is no setting"),
    ])
  func refused(setting: String, saying: String) {
    expectError(.usage, saying: saying) { _ = try resolved(setting) }
  }

  @Test("A fit has none of these settings")
  func fit() throws {
    var reader = try ConfigurationReader(.tiny)
    expectError(.usage, saying: "'pretraining' is no setting") {
      try reader.override("pretraining.tokens.part=0.3")
    }
  }
}
