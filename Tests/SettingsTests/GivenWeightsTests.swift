import Batching
import Models
import Pretrained
import RunFixtures
import Storage
import Testing
import Training

@testable import Settings

@Suite("A configuration from given weights") struct GivenWeightsTests {
  private let description = BackboneDescription(
    name: "timm's tf_efficientnet_lite0",
    configuration: BackboneConfiguration.efficientNet(.lite0.tensorFlow).withFrozenStatistics,
    framing: Framing(.centerCrop, crop: 0.875, .bicubic))

  private func resolved(
    inputSize: Int? = nil, isFrozen: Bool = false, _ settings: String...
  ) throws -> RunConfiguration {
    var reader = try ConfigurationReader(.tiny)
    _ = try reader.start(from: description, inputSize: inputSize, isFrozen: isFrozen)
    for setting in settings { try reader.override(setting) }
    return try reader.configuration()
  }

  @Test("Architecture, pixels and rates are those of the weights; what follows goes over the rates")
  func layers() throws {
    let configuration = try resolved()
    guard case .efficientNet(let backbone) = configuration.backbone else {
      Issue.record("another architecture")
      return
    }
    #expect(backbone.frozenStatistics && backbone.batchNormEpsilon == 1e-3 && backbone.padding == .same)
    #expect(configuration.weights == .init(backbone: .given, textEncoder: .random))
    #expect(configuration.frames.framing == Framing(.centerCrop, crop: 0.875, .bicubic))
    #expect(configuration.frames.mean == [0.5, 0.5, 0.5])
    #expect(configuration.optimization.learningRate.backbone == 1e-4)
    #expect(
      configuration.optimization.learningRate.fusion == RunConfiguration.tiny.optimization.learningRate.fusion
    )
    #expect(try resolved("training.learning_rate.backbone=3e-4").optimization.learningRate.backbone == 3e-4)
    #expect(try resolved(inputSize: 160).backbone.imageSize == 160)
    #expect(try resolved("frames.framing.crop=1").framing.crop == 1)
    // What is saved with the run can be laid over the same weights, and is complete without them.
    let saved = try resolved(inputSize: 160).yaml
    let folder = try TemporaryFolder()
    let file = try folder.write(Array(saved.utf8), to: "configuration.yaml")
    var again = try ConfigurationReader(.tiny)
    _ = try again.start(from: description, inputSize: nil, isFrozen: false)
    try again.merge(file: file)
    #expect(try again.configuration().yaml == saved)
    var alone = try ConfigurationReader(.small)
    try alone.merge(file: file)
    #expect(try alone.configuration().yaml == saved)
  }

  @Test("What comes with the weights may be said again, however its numbers are written")
  func saidAgain() throws {
    let configuration = try resolved("backbone.bn_eps=1e-3", "backbone.normalization.std=[5e-1, 0.50, 0.5]")
    #expect(configuration == (try resolved()))
  }

  @Test("Frozen is a schedule of learning that never begins, without random changes of frames")
  func frozen() throws {
    let configuration = try resolved(isFrozen: true)
    #expect(configuration.isBackboneFrozen && !configuration.optimization.augmentation.frames.isAny)
  }

  @Test(
    "What comes with the weights cannot be set otherwise",
    arguments: [
      "backbone.bn_eps=1e-5", "backbone.architecture=vit", "backbone={architecture: resnet, img_size: 64}",
      "backbone.layers=[1, 1, 1, 1, 1, 1, 1]", "backbone.normalization.mean=[0, 0, 0]",
      "backbone.padding=symmetric",
      "weights.backbone=random",
    ])
  func fixed(setting: String) {
    expectError(.usage, saying: "comes with timm's tf_efficientnet_lite0", "--set") {
      _ = try resolved(setting)
    }
  }

  @Test(
    "A text budget or frames beyond the positions of a given text encoder are refused before anything is made",
    arguments: [
      ("text={title: 7, speech: 6, on_screen_text: 7}", 24, nil),
      ("text={title: 7, speech: 6, on_screen_text: 7}", 23, "text"),
      ("frames.maximum_frames=26", 24, "frames.maximum_frames"),
    ] as [(String, Int, String?)])
  func positions(setting: String, positions: Int, key: String?) throws {
    let folder = try TemporaryFolder()
    try PublishedFolder.writeBERT(
      to: folder.path,
      configuration: PublishedFolder.bertConfiguration.replacing(
        "\"max_position_embeddings\": 24", with: "\"max_position_embeddings\": \(positions)"))
    var reader = try ConfigurationReader(.tiny)
    _ = try reader.start(from: PublishedTextEncoder(reading: folder.path))
    for setting in ["text={title: 2, speech: 2, on_screen_text: 2}", "frames.maximum_frames=8", setting] {
      try reader.override(setting)
    }
    guard let key else {
      #expect(try reader.configuration().weights.textEncoder == .given)
      return
    }
    expectError(.usage, saying: key, "the given text encoder has \(positions) positions") {
      _ = try reader.configuration()
    }
  }

  @Test(
    "Settings that cannot go together are refused by their names",
    arguments: [
      ("training.unfreezing.views=2", "training.unfreezing.views", "the backbone learns"),
      ("training.augmentation.frames.flip=maybe", "training.augmentation.frames.flip", "true or false"),
      ("modality=text", "modality", "is text: there is no backbone to give weights to"),
      ("frames.framing.crop=0", "frames.framing.crop", "from 0.1"),
      ("frames.framing={mode: middle_square}", "frames.framing.crop", "must be 1"),
    ])
  func refused(setting: String, key: String, reason: String) {
    expectError(.usage, saying: key, reason) { _ = try resolved(setting) }
  }
}
