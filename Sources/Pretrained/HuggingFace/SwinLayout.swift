import Models
import NN

/// `transformers.SwinModel` and `Swinv2Model`: the mean over the places of the last stage, normalised.
enum SwinLayout {
  static func model(
    _ settings: inout PublishedSettings, _ version: SwinTransformer.Configuration.Version
  ) throws -> HuggingFaceModel {
    try settings.expect("num_channels", 3)
    try settings.expect("qkv_bias", true)
    try settings.expect("use_absolute_embeddings", false)
    try settings.expect("layer_norm_eps", 1e-5, why: "norms of patches have it whatever the file says")
    try settings.expectNoDropout("hidden_dropout_prob", "attention_probs_dropout_prob")
    settings.passOver("hidden_size", "num_layers", "path_norm")  // follow from the others
    let pretrained = version == .second ? try settings.wholes("pretrained_window_sizes") : nil
    let swin = SwinTransformer.Configuration(
      imageSize: try settings.side("image_size") ?? 224, patchSize: try settings.side("patch_size") ?? 4,
      embeddingSize: try settings.whole("embed_dim") ?? 96,
      depths: try settings.wholes("depths") ?? [2, 2, 6, 2],
      heads: try settings.wholes("num_heads") ?? [3, 6, 12, 24],
      windowSize: try settings.whole("window_size") ?? 7, version: version,
      pretrainedWindowSizes: pretrained ?? [0, 0, 0, 0],
      shifting: .transformers, mlpRatio: try settings.number("mlp_ratio") ?? 4,
      activation: try settings.activation(usual: .gelu))
    if version == .second { try requireWindows(of: swin, settings) }
    let tables = [".relative_position_index", ".relative_coords_table", ".attn_mask"]
    return HuggingFaceModel(
      configuration: .swin(swin), names: names(swin), marker: ViTLayout.marker,
      ignoring: ["pooler.", "embeddings.mask_token"] + tables)
  }

  /// `Swinv2Model` lays windows by sides that it rounds down where four patches become one, and which are rounded up then.
  private static func requireWindows(
    of swin: SwinTransformer.Configuration, _ settings: PublishedSettings
  ) throws {
    guard swin.patchSize > 0 else { return }  // refused by its name later
    for stage in 0..<4 {
      let (side, assumed) = (swin.side(stage), (swin.imageSize / swin.patchSize) >> stage)
      guard side != assumed, assumed <= swin.windowSize else { continue }
      throw settings.problem(
        "image_size",
        "is \(swin.imageSize): a stage of \(side) × \(side) patches has windows of \(assumed) × \(assumed) that transformers does not shift"
      )
    }
  }

  static func names(_ swin: SwinTransformer.Configuration) -> PublishedNames {
    var names = PublishedNames([
      "patch_embed.proj.": "embeddings.patch_embeddings.projection.",
      "patch_embed.norm.": "embeddings.norm.",
      "norm.": "layernorm.",
    ])
    for (stage, depth) in swin.depths.enumerated() {
      // Four patches become one at the end of a stage there, at the beginning of the next here.
      if stage > 0 {
        names.add(["layers.\(stage).downsample.": .named("encoder.layers.\(stage - 1).downsample.")])
      }
      for block in 0..<depth {
        let (own, published) = (
          "layers.\(stage).blocks.\(block).", "encoder.layers.\(stage).blocks.\(block)."
        )
        names.add(layers, below: own, published)
        names.add(
          swin.version == .first ? firstAttention : secondAttention, below: own + "attn.",
          published + "attention.")
      }
    }
    return names
  }

  private static let layers: KeyValuePairs<String, PublishedTensor> = [
    "norm1.": "layernorm_before.", "norm2.": "layernorm_after.",
    "mlp.fc1.": "intermediate.dense.", "mlp.fc2.": "output.dense.",
  ]

  private static let firstAttention: KeyValuePairs<String, PublishedTensor> = [
    "relative_position_bias_table": "self.relative_position_bias_table",
    "qkv.": ["self.query.", "self.key.", "self.value."],
    "proj.": "output.dense.",
  ]

  /// Keys have no bias.
  private static let secondAttention: KeyValuePairs<String, PublishedTensor> = [
    "logit_scale": "self.logit_scale",
    "cpb_mlp.": "self.continuous_position_bias_mlp.",
    "qkv.weight": ["self.query.weight", "self.key.weight", "self.value.weight"],
    "q_bias": "self.query.bias", "v_bias": "self.value.bias",
    "proj.": "output.dense.",
  ]
}
