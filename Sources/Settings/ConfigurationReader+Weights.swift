import Batching
package import Inference
import Models
package import Pretrained
import Training
import Yams

extension ConfigurationReader {
  /// Lays what given weights bring with them over the preset: the architecture, which nothing that follows can change, the
  /// preparation of frames, and rates for weights that have learnt already. To be called before files and overrides.
  /// - Parameter inputSize: width and height of the input, where it is not to be the weights' own.
  /// - Parameter isFrozen: whether the backbone is not to learn.
  /// - Returns: the settings that were chosen for the user, `key=value`.
  package mutating func start(
    from backbone: BackboneDescription, inputSize: Int?, isFrozen: Bool
  ) throws -> [String] {
    let origin = "--backbone"
    // Not merged: another architecture has other keys.
    settings = try replacing(Self.backbone, by: Node(encoding: backbone.configuration))
    settings = try replacing(["frames", "framing"], by: Node(encoding: backbone.framing))
    try set("weights.backbone", "given", origin: origin)
    if let inputSize { try set("backbone.img_size", "\(inputSize)", origin: "--input-size") }
    let chosen = try choose(
      PublishedPreset.settings(for: backbone.configuration.name, isFrozen: isFrozen), origin: origin)
    fix(Self.backbone, as: backbone.name, but: ["img_size", "frozen_statistics"])
    fix(["weights", "backbone"], as: backbone.name, but: [])
    return chosen
  }

  /// The same of a text encoder, whose tokenizer comes with it.
  package mutating func start(from text: PublishedTextEncoder) throws -> [String] {
    try startText(as: text.configuration, .given, of: text.name, origin: "--text-encoder")
    return try choose(PublishedPreset.textEncoder, origin: "--text-encoder")
  }

  /// The same of an encoder that `pretrain` made, whose tokenizer comes with it, and its backbone, if it has one.
  /// - Parameter isFrozen: whether the backbone is not to learn.
  package mutating func start(from encoder: EncoderFolder, isFrozen: Bool) throws -> [String] {
    let (origin, name) = ("--init", "\(encoder.path)")
    let architecture = encoder.description.architecture
    try startText(as: architecture.fusion.text, .pretrained, of: name, origin: origin)
    // Layers behind the text encoder's own have learnt, too.
    let streams = [RunConfiguration.CodingKeys.streams.rawValue]
    settings = try replacing(streams, by: Node(encoding: architecture.fusion.streams))
    fix(streams, as: name, but: [])
    var chosen: [(String, String)] = []
    if let backbone = architecture.backbone {
      settings = try replacing(Self.backbone, by: Node(encoding: backbone))
      settings = try replacing(["frames", "framing"], by: Node(encoding: encoder.preparation.frames.framing))
      try set("weights.backbone", "pretrained", origin: origin)
      chosen = PretrainedPreset.backbone(isFrozen: isFrozen)
      fix(Self.backbone, as: name, but: ["frozen_statistics"])
      fix(["frames", "framing"], as: name, but: [])
      fix(["weights", "backbone"], as: name, but: [])
    }
    return try choose(chosen, origin: origin)
  }

  private mutating func startText(
    as encoder: TextEncoderConfiguration, _ weights: InitialWeights.Origin, of name: String, origin: String
  ) throws {
    // Not merged: another architecture has other keys.
    settings = try replacing(Self.textEncoder, by: Node(encoding: encoder))
    try set("weights.text_encoder", weights.rawValue, origin: origin)
    fix(Self.textEncoder, as: name, but: ["hidden_dropout_prob"])
    fix(["weights", "text_encoder"], as: name, but: [])
  }

  /// Settings for weights that have learnt already.
  /// - Returns: those, as they are told. Of a pre-training masked tokens are what is asked, so that no further ones are hidden.
  private mutating func choose(
    _ chosen: some Sequence<(String, String)>, origin: String
  ) throws -> [String] {
    let isPretraining = settings.mapping?[Node("pretraining")] != nil
    return try chosen.filter { !(isPretraining && $0.0.hasSuffix("token_masking")) }.map { key, value in
      try set(key, value, origin: origin)
      return "\(key)=\(value)"
    }
  }

  private mutating func set(_ key: String, _ value: String, origin: String) throws {
    guard let node = try Yams.compose(yaml: value) else { preconditionFailure("no value") }
    settings = try merging(Self.nested(node, at: key), into: settings, path: [], origin: origin)
  }

  private func replacing(_ path: [String], by node: Node) throws -> Node {
    func replaced(_ old: Node, _ path: ArraySlice<String>) -> Node {
      guard let key = path.first, case .mapping(var mapping) = old, let present = mapping[Node(key)] else {
        return node
      }
      mapping[Node(key)] = replaced(present, path.dropFirst())
      return .mapping(mapping)
    }
    return replaced(settings, path[...])
  }

  /// What stands at and below a path is not to be changed, the named members aside.
  private mutating func fix(_ path: [String], as owner: String, but free: Set<String>) {
    for key in settings.paths
    where key.starts(with: path) && !(key.count > path.count && free.contains(key[path.count])) {
      fixed[key.joined(separator: ".")] = owner
    }
  }
}

/// Settings for weights that have learnt from many pictures before, in the place of the presets', which begin at random.
enum PublishedPreset {
  static let textEncoder = [
    ("training.learning_rate.embeddings", "3e-5"), ("training.learning_rate.fusion", "3e-5"),
    ("training.learning_rate.heads", "5e-4"), ("training.augmentation.text.token_masking", "0.15"),
  ]

  /// A backbone whose vectors are computed once.
  static let frozen = [
    ("training.unfreezing", "{start: 1, end: 1}"),
    (
      "training.augmentation.frames",
      "{minimum_area: 1, aspect_ratio: 1, flip: false, rotation: 0, color_jitter: 0}"
    ),
  ]

  static func settings(
    for architecture: BackboneConfiguration.Name, isFrozen: Bool
  ) -> [(String, String)] {
    if isFrozen { return frozen }
    let augmentation = (
      "training.augmentation.frames", "{minimum_area: 0.5, aspect_ratio: 1.33, flip: true, color_jitter: 0.2}"
    )
    switch architecture {
    case .vit, .swin, .convNeXt:
      return [
        ("training.learning_rate.backbone", "3e-5"), ("training.layer_decay", "0.975"), augmentation,
      ]
    case .resNet, .efficientNet, .resNeSt, .pair:
      return [("training.learning_rate.backbone", "1e-4"), augmentation]
    }
  }
}

/// Settings for weights that `pretrain` made. The text encoder goes on at the preset's rates: slower word embeddings, which
/// suit those of a published encoder, lost by it (docs/recipe.md).
enum PretrainedPreset {
  static func backbone(isFrozen: Bool) -> [(String, String)] {
    isFrozen ? PublishedPreset.frozen : [("training.learning_rate.backbone", "3e-4")]
  }
}
