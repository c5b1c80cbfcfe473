import Batching
import Foundation
import Models
import RunFixtures
import Storage
import SystemPackage
import Tasks
import Testing
import Text
import Training
import Yams

@testable import Settings

@Suite struct ConfigurationReaderTests {
  private func resolved(_ settings: String...) throws -> RunConfiguration {
    var reader = try ConfigurationReader(.tiny)
    for setting in settings { try reader.override(setting) }
    return try reader.configuration()
  }

  private func resolved(file text: String, _ settings: String...) throws -> RunConfiguration {
    let folder = try TemporaryFolder()
    var reader = try ConfigurationReader(.tiny)
    try reader.merge(file: try folder.write(text, to: "mine.yaml"))
    for setting in settings { try reader.override(setting) }
    return try reader.configuration()
  }

  @Test("Nothing set is the preset", arguments: Preset.allCases)
  func preset(preset: Preset) throws {
    #expect(try ConfigurationReader(preset).configuration() == preset.configuration)
  }

  @Test("The file goes over the preset, an override over the file, and the rest stays")
  func precedence() throws {
    var expected = Preset.tiny.configuration
    expected.optimization.epochs = 20
    expected.optimization.batchSize = 8
    expected.modality = .text
    let text = "modality: text\ntraining:\n  epochs: 3\n  batch_size: 8\n"
    #expect(try resolved(file: text, "training.epochs=20") == expected)
  }

  private func saved(_ configuration: RunConfiguration, changing: (String) -> String = { $0 }) throws
    -> RunConfiguration
  {
    let folder = try TemporaryFolder()
    return try RunConfiguration(
      reading: try folder.write(changing(try configuration.yaml), to: "configuration.yaml"))
  }

  @Test("Numbers are saved as people write them, and as every reader of YAML reads them")
  func plainNumbers() throws {
    var configuration = Preset.tiny.configuration
    configuration.optimization.learningRate.backbone = 1e-6
    let yaml = try configuration.yaml
    for line in [
      "label_smoothing: 0.1", "backbone: 1.0e-06", "weight_decay: 0.01", "epochs: 8",
    ] {
      #expect(yaml.contains(" \(line)\n"))
    }
  }

  @Test("A number with more digits than are saved is used as it is saved")
  func longNumbers() throws {
    let configuration = try resolved(file: "training: {weight_decay: 0.30000000000000004}")
    #expect(configuration.optimization.weightDecay == 0.3)
    #expect(try saved(configuration) == configuration)
  }

  @Test("What is saved is read back the same, by itself and over any preset", arguments: Preset.allCases)
  func roundTrip(preset: Preset) throws {
    var configuration = preset.configuration
    configuration.seed = .max
    configuration.optimization.learningRate.backbone = 1e-7
    configuration.optimization.augmentation.frames.flip = false
    #expect(try saved(configuration) == configuration)
    #expect(try resolved(file: try configuration.yaml) == configuration)
    configuration.backbone = .resNet(.resNet18)
    #expect(try saved(configuration) == configuration)
    #expect(try resolved(file: try configuration.yaml) == configuration)
  }

  @Test(
    "A saved run with a key that is missing, not known, or out of range is refused by name: no preset fills it in",
    arguments: [
      ("seed: 1\nfolds", "folds", "'seed' is missing"),
      ("snapshots: 3\n", "snapshots: 3\n    halflife: 3\n", "'training.average.halflife' is no setting"),
      ("  warm_up: ", "  warm_down: ", "'training.warm_up' is missing"),
      ("  batch_size: 32\n", "  batch_size: 32\n  mixup: 0.2\n", "'training.mixup' is no setting"),
      ("  batch_size: 32\n", "  batch_size: 0\n", "'training.batch_size' is 0"),
      ("  architecture: vit\n", "  architecture: vgg\n", "must be vit, resnet"),
      ("  architecture: vit\n", "", "'backbone.architecture' is missing"),
      ("  architecture: bert\n", "", "'text_encoder.architecture' is missing"),
    ])
  func savedKeys(old: String, new: String, saying: String) throws {
    expectError(.usage, saying: "configuration.yaml", saying) {
      _ = try saved(.tiny) { text in
        #expect(text.contains(old), "\(text)")
        return text.replacingOccurrences(of: old, with: new)
      }
    }
  }

  private static let smallResNet = BackboneConfiguration.resNet(
    .init(imageSize: 64, block: .basic, layers: [1, 1, 1, 1], channels: [8, 16, 32, 64]))

  @Test("Another architecture brings its own keys, whatever the order in which they are given")
  func architecture() throws {
    let keys = [
      "architecture: resnet", "img_size: 64", "block: basic", "layers: [1, 1, 1, 1]",
      "channels: [8, 16, 32, 64]",
    ]
    for keys in [keys, keys.reversed()] {
      let file = "backbone:\n" + keys.map { "  \($0)\n" }.joined()
      #expect(try resolved(file: file).backbone == Self.smallResNet)
      #expect(try resolved("backbone={\(keys.joined(separator: ", "))}").backbone == Self.smallResNet)
    }
    #expect(try resolved("backbone.architecture=resnet").backbone == BackboneConfiguration(default: .resNet))
    // Named again it changes nothing; named by a later setting it begins anew.
    #expect(
      try resolved("backbone.architecture=resnet", "backbone.img_size=64", "backbone.architecture=resnet")
        .backbone.imageSize == 64)
    #expect(try resolved("backbone.img_size=64", "backbone.architecture=vit").backbone.imageSize == 64)
    #expect(
      try resolved("backbone.architecture=resnet", "backbone.architecture=vit").backbone
        == BackboneConfiguration(default: .vit))
    // Dotted paths of one mapping, as in the recipe of an ablation, have no order either.
    var reader = try ConfigurationReader(.tiny)
    try reader.merge(
      try #require(try Yams.compose(yaml: "{backbone.img_size: 64, backbone.architecture: resnet}")),
      origin: "recipe")
    #expect(try reader.configuration().backbone.imageSize == 64)
  }

  @Test("So does another text encoder, which has room for as much as is needed")
  func textEncoder() throws {
    let modern = try resolved("text_encoder.architecture=modernbert")
    #expect(modern.textEncoder == TextEncoderConfiguration(default: .modernBERT))
    #expect(modern.textEncoder.positions == 0 && modern.textEncoder.vocabularySize == 0)
    let fusion = modern.encoder(vocabularySize: 70, vectorSize: 5).fusion
    #expect(fusion.text.positions == modern.text.sequenceLength && fusion.text.vocabularySize == 70)
    let small = try resolved("text_encoder={position_buckets: 16, architecture: deberta-v2, hidden_size: 36}")
    guard case .deberta(let deberta) = small.textEncoder else {
      Issue.record("\(small.textEncoder)")
      return
    }
    #expect(deberta.buckets == 16 && deberta.hiddenSize == 36)
    #expect(try saved(small) == small)
    #expect(
      try resolved("streams={kind: dual, cross_layers: 4}").streams == Streams(kind: .dual, crossLayers: 4))
  }

  @Test("Of two backbones side by side each is set as one alone is, and both are checked")
  func pair() throws {
    let pair = try resolved(
      "backbone.architecture=pair", "backbone.first.architecture=resnet", "backbone.first.block=basic",
      "backbone.second={architecture: vit, img_size: 224, depth: 3}"
    ).backbone
    guard case .pair(let both) = pair, case .resNet(let first) = both.first,
      case .vit(let second) = both.second
    else {
      Issue.record("\(pair)")
      return
    }
    #expect(first.block == .basic && second.depth == 3)
    #expect(pair.vectorSize == first.vectorSize + second.vectorSize)
    for (setting, saying) in [
      ("backbone.second.img_size=256", "the first 224"),
      ("backbone.first.architecture=pair", "pair of its own"),
      ("backbone.first.depth=3", "no setting of efficientnet, but of vit"),
      ("backbone.second.layers=[1, 1]", "four numbers"),
    ] {
      expectError(.usage, saying: saying) { _ = try resolved("backbone.architecture=pair", setting) }
    }
  }

  @Test(
    "An architecture that nobody knows, and a key of another one, say what there is",
    arguments: [
      ("backbone.architecture=vgg", "'vgg'", "vit, resnet"),
      ("backbone.architecture=[vit]", "backbone.architecture", "vit, resnet"),
      ("backbone.layers=[1, 1, 1, 1]", "no setting of vit", "resnet"),
      ("backbone={architecture: resnet, depth: 3}", "no setting of resnet", "vit"),
      ("backbone=resnet", "backbone", "backbone.architecture"),
      ("backbone={architecture: resnet, layers: [1, 2]}", "backbone.layers", "four numbers"),
      ("text_encoder.architecture=gpt", "'gpt'", "bert, modernbert, deberta-v2"),
      ("text_encoder.local_attention=64", "no setting of bert", "modernbert"),
      ("text_encoder={architecture: deberta-v2, num_attention_heads: 7}", "num_attention_heads", "768"),
      ("streams.kind=triple", "'triple'", "single, dual"),
      ("streams={kind: dual, cross_layers: 0}", "streams.cross_layers", "from 1"),
    ])
  func otherArchitecture(setting: String, saying: String, also: String) {
    let option = "--set \(setting.prefix { $0 != "." && $0 != "=" })"
    expectError(.usage, saying: saying, also, option) { _ = try resolved(setting) }
  }

  @Test(
    "An empty file, or one of comments, changes nothing", arguments: ["", "\n\n", "# nothing\n", "---\n"])
  func empty(text: String) throws { #expect(try resolved(file: text) == Preset.tiny.configuration) }

  @Test("False is false, in every spelling that YAML has", arguments: ["False", "false", "no", "off"])
  func falsehood(word: String) throws {
    #expect(try !resolved("training.augmentation.frames.flip=\(word)").optimization.augmentation.frames.flip)
  }

  @Test(
    "A value of another type is refused, not bent",
    arguments: [
      ("training.augmentation.frames.flip=yes please", "true or false"),
      ("training.augmentation.frames.flip=0", "true or false"),
      ("training.epochs=many", "whole number"), ("training.epochs=2.5", "whole number"),
      ("seed=-1", "whole number"),
      ("training.epochs=99999999999999999999", "whole number"), ("training.weight_decay=small", "number"),
      ("training.epochs=[1, 2]", "one value"), ("backbone.normalization.mean=0.5", "list"),
      ("backbone.normalization.mean=[a, b, c]", "number"),
      ("backbone.normalization.mean=[[1], 2, 3]", "list of values"),
      ("training.epochs={a: 1}", "further keys"), ("training=5", "epochs"),
      ("modality=sound", "both, text, video"),
      ("training.epochs=~", "whole number"), ("training.adversary.method=fgsm", "none, fgm, pgd"),
      ("training.pooling=[text_min]", "text_mean, text_max"),
      ("training.average.weights=best", "trained, ema, swa"),
    ])
  func wrongType(setting: String, saying: String) throws {
    let key = setting.prefix { $0 != "=" }
    expectError(.usage, saying: String(key), saying) { _ = try resolved(setting) }
  }

  @Test(
    "A key that is none is refused with the nearest that is",
    arguments: [
      ("epochs=5", "epochs", "'training.epochs'"), ("sead=1", "sead", "'seed'"),
      ("training.epoch=5", "training.epoch", "'training.epochs'"),
      (
        "training.augmentation.frames.flop=true", "training.augmentation.frames.flop",
        "'training.augmentation.frames.flip'"
      ),
      ("training.learningrate.fusion=1", "training.learningrate", "'training.learning_rate'"),
    ])
  func unknownKey(setting: String, key: String, nearest: String) {
    expectError(.usage, saying: "'\(key)' is no setting", nearest) { _ = try resolved(setting) }
  }

  @Test("What is pooled of a part that the model does not read is refused, but for the means of the presets")
  func pooling() throws {
    #expect(
      try resolved("modality=text").classification.pooling.map(\.rawValue) == ["text_mean", "frames_mean"])
    #expect(
      try resolved("modality=text", "training.pooling=[text_max, text_first]").classification.pooling.count
        == 2)
    expectError(.usage, saying: "'training.pooling' has frames_max, and modality is text") {
      _ = try resolved("modality=text", "training.pooling=[text_mean, frames_max]")
    }
  }

  @Test(
    "What is aligned to the labelled categories is refused beside an adjustment by them, and alone it is not")
  func alignment() throws {
    let aligned = "consistency={method: softmatch, alignment: labelled}"
    #expect(try resolved(aligned).consistency.alignment == .labelled)
    expectError(.usage, saying: "'consistency.alignment' is labelled, and training.logit_adjustment is 0.5") {
      _ = try resolved(aligned, "training.logit_adjustment=0.5")
    }
  }

  @Test("What says of consistency what is so anyhow is no fault, nor is anything beside a method")
  func usedConsistency() throws {
    #expect(try resolved("consistency.share=0.50").consistency == ConsistencyConfiguration())
    let used = try resolved("consistency.share=0.3", "consistency.method=mean_teacher").consistency
    #expect(used.share == 0.3 && used.method == .meanTeacher)
    // A run that has such settings can still be read.
    let path = FilePath(NSTemporaryDirectory()).appending("framewise-\(UUID().uuidString).yaml")
    defer { try? FileManager.default.removeItem(atPath: path.string) }
    var configuration = try resolved()
    configuration.consistency.share = 0.3
    try AtomicFile.write(configuration.yaml, to: path)
    #expect(try RunConfiguration(reading: path) == configuration)
  }

  @Test(
    "A file of settings that is no mapping of keys says so, and so does a list where a value is asked for")
  func otherKinds() throws {
    let path = FilePath(NSTemporaryDirectory()).appending("framewise-\(UUID().uuidString).yaml")
    defer { try? FileManager.default.removeItem(atPath: path.string) }
    let yaml = try resolved().yaml
    try AtomicFile.write("[1, 2]", to: path)
    expectError(.usage, saying: "\(path): must have keys") { _ = try RunConfiguration(reading: path) }
    try AtomicFile.write(yaml.replacing(/\nseed: \d+|^seed: \d+/, with: "\nseed: [1]"), to: path)
    expectError(.usage, saying: "\(path): 'seed' must be one value") {
      _ = try RunConfiguration(reading: path)
    }
    try AtomicFile.write(yaml.replacing(/\nseed: \d+|^seed: \d+/, with: "\nseed: x"), to: path)
    expectError(.usage, saying: "\(path): 'seed' must be a whole number") {
      _ = try RunConfiguration(reading: path)
    }
  }

  @Test(
    "What no run can work with is refused at once",
    arguments: [
      ("pseudo_labels={use: first, weight: 2}", "says nothing"), ("training.pooling=[]", "at least one"),
      ("consistency.method=pi_model", "mean_teacher"), ("consistency.share=1", "to 0.99"),
      ("consistency.weight=0", "from 1e-06"),
      ("consistency={method: mean_teacher, alignment: uniform}", "with mean_teacher all count alike"),
      ("consistency.threshold=1", "below 1"), ("consistency.balanced.loss=1", "without consistency.method"),
      ("consistency.share=0.3", "'consistency.share' is 0.3 without consistency.method"),
      ("consistency={teacher: trained}", "'consistency.teacher' is trained without consistency.method"),
      ("consistency.strong={part_dropping: 0.4}", "'consistency.strong.part_dropping' is 0.4 without"),
      ("consistency.balanced.weight=0.1", "'consistency.balanced.weight' is 0.1 without"),
      ("consistency.ramp_up=-0.1", "from 0.0"), ("consistency.temperature=0", "from 0.01"),
      ("consistency.strong.token_masking=1", "below 1"), ("consistency.near_duplicates=.nan", "nan"),
      ("consistency.temparature=1", "did you mean 'consistency.temperature'"),
      ("training.pooling=[text_max, text_max]", "none twice"),
      ("folds=1", "at least 2"), ("training.epochs=0", "from 1"), ("training.batch_size=-3", "from 1"),
      ("backbone.img_size=10", "less than the patch size 16"), ("backbone.num_heads=5", "divide"),
      ("text_encoder.num_attention_heads=3", "divide"), ("backbone.patch_size=0", "from 1"),
      ("backbone.mlp_ratio=.inf", "from 0.1"), ("training.label_smoothing=1", "below 1"),
      ("training.learning_rate.fusion=-1", "at least 0"), ("training.learning_rate.heads=.nan", "nan"),
      ("training.augmentation.frames.minimum_area=0", "from 0.01"),
      ("training.augmentation.frames.minimum_area=1.5", "to 1.0"),
      ("training.augmentation.modality_dropping=1", "below 1"),
      ("training.augmentation.text.token_masking=-0.1", "at least 0"),
      ("backbone.normalization.std=[1, 0, 1]", "from"),
      ("backbone.normalization.mean=[1, 1]", "three numbers"),
      ("backbone.normalization.mean=[.nan, 1, 1]", "nan"), ("frames.maximum_frames=0", "from 1"),
      ("text.title=-1", "0"),
      ("training.maximum_gradient_norm=0", "from"), ("training.maximum_steps=-1", "from 0"),
      ("text_encoder.hidden_size=9223372036854775807", "to 16384"),
      ("training={batch_size: 4, accumulation: 5}", "from 1 to 4"),
      ("training={batch_size: -1, accumulation: 5}", "from 1"),
      ("training.unfreezing={start: 0.5, end: 0.4}", "before the start"),
      ("training.unfreezing.start=.nan", "nan"),
    ])
  func range(setting: String, saying: String) {
    let key = String(setting.prefix { $0 != "=" }.split(separator: ".").first ?? "")
    expectError(.usage, saying: key, saying, "--set") { _ = try resolved(setting) }
  }

  @Test("An error names the file or the option that made it")
  func origin() {
    expectError(.usage, saying: "mine.yaml: 'training.epochs'") {
      _ = try resolved(file: "training: {epochs: x}", "training.batch_size=4")
    }
    expectError(.usage, saying: "--set training.epochs: 'training.epochs'") {
      _ = try resolved(file: "training: {epochs: 3}", "training.epochs=x")
    }
  }

  @Test(
    "A file that is no configuration is refused in one line with its name",
    arguments: [
      ("training: [", "not YAML"), ("- 1\n- 2\n", "takes the keys"), ("just text", "takes the keys"),
      ("a: 1\na: 2\n", "not YAML"), ("training: 5", "takes the keys"), ("training:\n", "takes the keys"),
      ("? [x]\n: 5\n", "no setting"), (String(repeating: "[", count: 100_000), "not YAML"),
      ("seed: 1\n---\nseed: 2\n", "not YAML"),
    ])
  func notAConfiguration(text: String, saying: String) {
    expectError(.usage, saying: "mine.yaml", saying) { _ = try resolved(file: text) }
  }

  @Test("A file that is not UTF-8, and one that is not there")
  func unreadable() throws {
    let folder = try TemporaryFolder()
    let latin = try folder.write([0x73, 0x65, 0xE9, 0x64], to: "latin.yaml")
    expectError(.usage, saying: "latin.yaml", "UTF-8") {
      var reader = try ConfigurationReader(.tiny)
      try reader.merge(file: latin)
    }
    expectError(.missingInput, saying: "none.yaml") {
      var reader = try ConfigurationReader(.tiny)
      try reader.merge(file: folder.path.appending("none.yaml"))
    }
  }

  @Test(
    "An override that is none says what one looks like", arguments: ["training.epochs", "=5", "", "seed="])
  func noAssignment(setting: String) {
    expectError(.usage, saying: "--set") { _ = try resolved(setting) }
  }
}
