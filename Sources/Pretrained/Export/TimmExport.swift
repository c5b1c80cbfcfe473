import Batching
import Models

/// A backbone as `timm.create_model` reads it: the name of an architecture, and the arguments by which this one differs.
struct TimmExport {
  private(set) var settings = ExportedSettings()

  /// - Throws: `ExportError` where timm has no architecture with these settings.
  init(_ configuration: BackboneConfiguration, _ framing: Framing) throws(ExportError) {
    let candidates = BackboneConfiguration.published.sorted { $0.key < $1.key }
      .compactMap { name, published in
        Self.arguments(from: published, to: configuration).map { (name, $0.changes, $0.arguments) }
      }
    guard let (name, _, arguments) = candidates.min(by: { $0.1 < $1.1 }) else {
      throw ExportError(
        "timm has no architecture that computes this: of those known here none has all of its settings"
          + ", the norms' epsilon and the activation among them; take --to hf or safetensors")
    }
    guard let architecture = TimmArchitecture(named: name) else {
      throw ExportError("timm has no such model")
    }
    settings.merge([
      "architecture": .word(name), "num_classes": .whole(0), "num_features": .whole(configuration.vectorSize),
      "global_pool": .word(architecture.pooling),
    ])
    settings["model_args"] = arguments.literal
    settings["pretrained_cfg"] = Self.pixels(configuration, framing).literal
  }

  /// What `published` has to be told to be `configuration`; nil where no arguments make it so.
  private static func arguments(
    from published: BackboneConfiguration, to configuration: BackboneConfiguration
  ) -> (changes: Int, arguments: ExportedSettings)? {
    var arguments = ExportedSettings()
    var changes = 0
    func set<Value: Equatable>(
      _ key: String, _ old: inout Value, _ new: Value, _ literal: (Value) -> ExportedSettings.Literal
    ) {
      guard old != new else { return }
      (old, changes) = (new, changes + 1)
      arguments[key] = literal(new)
    }
    // Neither what begins at random nor what pixels are belongs to the architecture.
    var candidate = published.withFrozenStatistics
    candidate.normalization = configuration.normalization
    switch (candidate, configuration) {
    case (.vit(var own), .vit(let wanted)):
      set("img_size", &own.imageSize, wanted.imageSize, ExportedSettings.Literal.whole)
      set("patch_size", &own.patchSize, wanted.patchSize, ExportedSettings.Literal.whole)
      set("embed_dim", &own.embeddingSize, wanted.embeddingSize, ExportedSettings.Literal.whole)
      set("depth", &own.depth, wanted.depth, ExportedSettings.Literal.whole)
      set("num_heads", &own.heads, wanted.heads, ExportedSettings.Literal.whole)
      set("mlp_ratio", &own.mlpRatio, wanted.mlpRatio, ExportedSettings.Literal.real)
      if own.registers > 0, wanted.registers > 0 {
        set("reg_tokens", &own.registers, wanted.registers, ExportedSettings.Literal.whole)
      }
      if own.layerScale > 0, wanted.layerScale > 0 { own.layerScale = wanted.layerScale }
      candidate = .vit(own)
    case (.resNet(var own), .resNet(let wanted)):
      set("layers", &own.layers, wanted.layers, ExportedSettings.Literal.wholes)
      set("channels", &own.channels, wanted.channels, ExportedSettings.Literal.wholes)
      own.imageSize = wanted.imageSize
      candidate = .resNet(own)
    case (.swin(var own), .swin(let wanted)):
      set("img_size", &own.imageSize, wanted.imageSize, ExportedSettings.Literal.whole)
      if wanted.shifts(as: .timm) { own.shifting = wanted.shifting }
      candidate = .swin(own)
    case (.convNeXt(var own), .convNeXt(let wanted)):
      if own.layerScale > 0, wanted.layerScale > 0 { own.layerScale = wanted.layerScale }
      own.headNormEpsilon = wanted.headNormEpsilon == own.normEpsilon ? wanted.headNormEpsilon : nil
      own.imageSize = wanted.imageSize
      candidate = .convNeXt(own)
    default: candidate.imageSize = configuration.imageSize
    }
    return candidate == configuration.withFrozenStatistics ? (changes, arguments) : nil
  }

  private static func pixels(_ configuration: BackboneConfiguration, _ framing: Framing) -> ExportedSettings {
    var settings = ExportedSettings()
    let size = configuration.imageSize
    settings.merge([
      "input_size": .wholes([3, size, size]), "interpolation": .word(framing.interpolation.rawValue),
      "crop_pct": .real(framing.crop), "crop_mode": .word(framing.mode == .squash ? "squash" : "center"),
      "mean": .reals(configuration.normalization.mean), "std": .reals(configuration.normalization.deviation),
      "num_classes": .whole(0),
    ])
    return settings
  }
}
