import Batching
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
    settings = try replacing(Self.backbone, by: Self.node(backbone.configuration))
    settings = try replacing(["frames", "framing"], by: Self.node(backbone.framing))
    try set("weights.backbone", "given", origin: origin)
    if let inputSize { try set("backbone.img_size", "\(inputSize)", origin: "--input-size") }
    let chosen = PublishedPreset.settings(for: backbone.configuration.name, isFrozen: isFrozen)
    for (key, value) in chosen { try set(key, value, origin: origin) }
    fix(Self.backbone, as: backbone.name, but: ["img_size", "frozen_statistics"])
    fix(["weights", "backbone"], as: backbone.name, but: [])
    return chosen.map { "\($0)=\($1)" }
  }

  /// The same of a text encoder, whose tokenizer comes with it.
  package mutating func start(from text: PublishedTextEncoder) throws -> [String] {
    let bert = text.configuration
    let encoder = RunConfiguration.TextEncoder(
      hiddenSize: bert.hiddenSize, layers: bert.layers, heads: bert.heads,
      intermediateSize: bert.intermediateSize,
      dropout: bert.hiddenDropout, layerNormEpsilon: bert.layerNormEpsilon,
      vocabularySize: bert.vocabularySize, maximumPositions: bert.maximumPositions,
      positionOffset: bert.positionOffset, tokenTypes: bert.tokenTypes)
    settings = try replacing(["text_encoder"], by: Self.node(encoder))
    try set("weights.text_encoder", "given", origin: "--text-encoder")
    for (key, value) in PublishedPreset.textEncoder { try set(key, value, origin: "--text-encoder") }
    fix(["text_encoder"], as: text.name, but: ["hidden_dropout_prob"])
    fix(["weights", "text_encoder"], as: text.name, but: [])
    return PublishedPreset.textEncoder.map { "\($0)=\($1)" }
  }

  private mutating func set(_ key: String, _ value: String, origin: String) throws {
    guard let node = try Yams.compose(yaml: value) else { preconditionFailure("no value") }
    settings = try merging(Self.nested(node, at: key), into: settings, path: [], origin: origin)
  }

  private static func node(_ value: some Encodable) throws -> Node {
    guard let node = try Yams.compose(yaml: YAMLEncoder().encode(value)) else {
      preconditionFailure("settings are not empty")
    }
    return node
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
  static let textEncoder: KeyValuePairs<String, String> = [
    "training.learning_rate.embeddings": "3e-5", "training.learning_rate.fusion": "3e-5",
    "training.learning_rate.heads": "5e-4", "training.augmentation.text.token_masking": "0.15",
  ]

  static func settings(
    for architecture: BackboneConfiguration.Name, isFrozen: Bool
  ) -> KeyValuePairs<String, String> {
    if isFrozen {
      return [
        "training.unfreezing": "{start: 1, end: 1}",
        "training.augmentation.frames":
          "{minimum_area: 1, aspect_ratio: 1, flip: false, rotation: 0, color_jitter: 0}",
      ]
    }
    switch architecture {
    case .vit, .swin, .convNeXt:
      return [
        "training.learning_rate.backbone": "3e-5", "training.layer_decay": "0.975",
        "training.augmentation.frames":
          "{minimum_area: 0.5, aspect_ratio: 1.33, flip: true, color_jitter: 0.2}",
      ]
    case .resNet, .efficientNet, .resNeSt, .pair:
      return [
        "training.learning_rate.backbone": "1e-4",
        "training.augmentation.frames":
          "{minimum_area: 0.5, aspect_ratio: 1.33, flip: true, color_jitter: 0.2}",
      ]
    }
  }
}
