import Models

/// `transformers.DINOv3ViTModel`: the class token behind the last norm; positions are rotations, which follow from the size of
/// the input.
enum DINOv3Layout {
  static let marker = "embeddings.patch_embeddings.weight"

  static func model(_ settings: inout PublishedSettings) throws -> HuggingFaceModel {
    var vit = try settings.transformer(patchSize: 16, normEpsilon: 1e-5, width: 384, heads: 6)
    try settings.takeHiddenSize(&vit, usual: 1536)
    vit.registers = try settings.whole("num_register_tokens") ?? 0
    vit.positions = .rotary
    vit.attentionBias = try bias(&settings)
    try settings.takeLayerScale(&vit)
    try settings.expect("rope_theta", 100)
    try settings.expect("proj_bias", true)
    try settings.expect("mlp_bias", true)
    try settings.expect("use_gated_mlp", false)
    // Changes of the places in training.
    settings.passOver("pos_embed_shift", "pos_embed_jitter", "pos_embed_rescale")
    try settings.expectNoDropout("attention_dropout")
    return HuggingFaceModel(
      configuration: .vit(vit), names: names(vit), marker: marker, ignoring: ["embeddings.mask_token"])
  }

  private static func bias(
    _ settings: inout PublishedSettings
  ) throws -> VisionTransformer.Configuration.AttentionBias {
    let (query, key, value) = (
      try settings.flag("query_bias") ?? true, try settings.flag("key_bias") ?? false,
      try settings.flag("value_bias") ?? true
    )
    switch (query, key, value) {
    case (true, true, true): return .all
    case (true, false, true): return .queriesAndValues
    case (false, false, false): return .none
    default: throw settings.problem("key_bias", "is \(key) with query_bias \(query), value_bias \(value)")
    }
  }

  static func names(_ vit: VisionTransformer.Configuration) -> PublishedNames {
    var names = PublishedNames([
      "cls_token": "embeddings.cls_token",
      "reg_token": "embeddings.register_tokens",
      "patch_embed.proj.": "embeddings.patch_embeddings.",
      "norm.": "norm.",
    ])
    for block in 0..<vit.depth {
      let (own, published) = ("blocks.\(block).", "layer.\(block).")
      names.add(layers, below: own, published)
      if vit.attentionBias == .queriesAndValues { names.add(biases, below: own, published) }
    }
    return names
  }

  private static let layers: KeyValuePairs<String, PublishedTensor> = [
    "norm1.": "norm1.",
    "attn.qkv.": ["attention.q_proj.", "attention.k_proj.", "attention.v_proj."],
    "attn.proj.": "attention.o_proj.",
    "gamma_1": "layer_scale1.lambda1",
    "norm2.": "norm2.",
    "mlp.fc1.": "mlp.up_proj.", "mlp.fc2.": "mlp.down_proj.",
    "gamma_2": "layer_scale2.lambda1",
  ]

  /// Where keys have none.
  private static let biases: KeyValuePairs<String, PublishedTensor> = [
    "attn.q_bias": "attention.q_proj.bias", "attn.v_bias": "attention.v_proj.bias",
  ]
}
