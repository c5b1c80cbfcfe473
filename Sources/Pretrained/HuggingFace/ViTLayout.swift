import Models

/// `transformers.ViTModel` and `DeiTModel`, which has a token for what a teacher said besides: the class token behind the last
/// norm. A pooler, which few of the published files were trained with, comes behind it and is passed over.
enum ViTLayout {
  static let marker = "embeddings.patch_embeddings.projection.weight"

  static func vit(_ settings: inout PublishedSettings) throws -> HuggingFaceModel {
    try model(&settings, distillationTokens: 0)
  }

  static func deit(_ settings: inout PublishedSettings) throws -> HuggingFaceModel {
    try model(&settings, distillationTokens: 1)
  }

  private static func model(
    _ settings: inout PublishedSettings, distillationTokens: Int
  ) throws -> HuggingFaceModel {
    var vit = try settings.transformer(patchSize: 16, normEpsilon: 1e-12)
    try settings.takeHiddenSize(&vit)
    try settings.takeBias(&vit)
    vit.registers = distillationTokens
    try settings.expectNoDropout("hidden_dropout_prob", "attention_probs_dropout_prob")
    settings.passOver("pooler_output_size", "pooler_act")
    return HuggingFaceModel(
      configuration: .vit(vit), names: names(vit), marker: marker,
      ignoring: ["pooler.", "embeddings.mask_token"])
  }

  static func names(_ vit: VisionTransformer.Configuration) -> PublishedNames {
    var names = PublishedNames([
      "cls_token": "embeddings.cls_token",
      "reg_token": "embeddings.distillation_token",
      "pos_embed": "embeddings.position_embeddings",
      "patch_embed.proj.": "embeddings.patch_embeddings.projection.",
      "norm.": "layernorm.",
    ])
    for block in 0..<vit.depth {
      names.add(attention, below: "blocks.\(block).attn.", "encoder.layer.\(block).attention.")
      names.add(layers, below: "blocks.\(block).", "encoder.layer.\(block).")
    }
    return names
  }

  /// Below a block's `attention`.
  static let attention: KeyValuePairs<String, PublishedTensor> = [
    "qkv.": ["attention.query.", "attention.key.", "attention.value."],
    "proj.": "output.dense.",
  ]

  private static let layers: KeyValuePairs<String, PublishedTensor> = [
    "norm1.": "layernorm_before.",
    "norm2.": "layernorm_after.",
    "mlp.fc1.": "intermediate.dense.",
    "mlp.fc2.": "output.dense.",
  ]
}

/// `transformers.Dinov2Model` and `Dinov2WithRegistersModel`: the class token behind the last norm.
enum DINOv2Layout {
  static func model(_ settings: inout PublishedSettings, hasRegisters: Bool) throws -> HuggingFaceModel {
    var vit = try settings.transformer(patchSize: hasRegisters ? 16 : 14, normEpsilon: 1e-6)
    vit.mlpRatio = try settings.number("mlp_ratio") ?? 4
    try settings.takeBias(&vit)
    try settings.expect("use_swiglu_ffn", false)
    try settings.takeLayerScale(&vit)
    if hasRegisters {
      vit.registers = try settings.whole("num_register_tokens") ?? 4
      vit.positions = .patches
    }
    try settings.expectNoDropout("hidden_dropout_prob", "attention_probs_dropout_prob")
    settings.passOver("use_mask_token")
    return HuggingFaceModel(
      configuration: .vit(vit), names: names(vit), marker: ViTLayout.marker,
      ignoring: ["embeddings.mask_token"], antialiasesPositions: hasRegisters)
  }

  static func names(_ vit: VisionTransformer.Configuration) -> PublishedNames {
    var names = PublishedNames([
      "patch_embed.proj.": "embeddings.patch_embeddings.projection.",
      "norm.": "layernorm.",
    ])
    let positions = "embeddings.position_embeddings"
    if vit.registers > 0 {
      // The class token has a position, registers have none.
      names.add([
        "cls_token": .placed("embeddings.cls_token", byFirstOf: positions),
        "reg_token": "embeddings.register_tokens", "pos_embed": .rest(positions),
      ])
    } else {
      names.add(["cls_token": "embeddings.cls_token", "pos_embed": .named(positions)])
    }
    for block in 0..<vit.depth {
      names.add(ViTLayout.attention, below: "blocks.\(block).attn.", "encoder.layer.\(block).attention.")
      names.add(layers, below: "blocks.\(block).", "encoder.layer.\(block).")
    }
    return names
  }

  private static let layers: KeyValuePairs<String, PublishedTensor> = [
    "norm1.": "norm1.", "norm2.": "norm2.", "mlp.": "mlp.",
    "ls1.gamma": "layer_scale1.lambda1", "ls2.gamma": "layer_scale2.lambda1",
  ]
}

extension PublishedSettings {
  /// What the scales of the branches began at; there are some whatever it was.
  mutating func takeLayerScale(_ vit: inout VisionTransformer.Configuration) throws {
    let initial = try number("layerscale_value") ?? 1
    vit.layerScale = initial > 0 && initial <= 1 ? initial : 1
  }
}
