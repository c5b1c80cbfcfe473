import Models

/// The image tower of CLIP as OpenAI wrote it, which open_clip and the authors of Chinese-CLIP kept: the class token behind the
/// last norm, before the projection into the space that is shared with text.
enum OpenCLIPLayout {
  static let prefix = "visual."

  /// What stands beside the image tower: text, multimodal and projections, and what TorchScript holds of sizes.
  static let neighbours = [
    "transformer.", "token_embedding.", "positional_embedding", "ln_final.", "text_projection", "attn_mask",
    "text.",
    "text_decoder.", "bert.", "logit_scale", "logit_bias", "input_resolution", "context_length", "vocab_size",
    "visual.head.",
  ]

  static func names(_ vit: VisionTransformer.Configuration) -> PublishedNames {
    var names = PublishedNames([
      "cls_token": .leading("class_embedding", stored: 1, own: 3),
      "pos_embed": .leading("positional_embedding", stored: 2, own: 3),
      "patch_embed.proj.": "conv1.",
      "norm_pre.": "ln_pre.",
      "norm.": "ln_post.",
    ])
    for block in 0..<vit.depth {
      names.add(blocks, below: "blocks.\(block).", "transformer.resblocks.\(block).")
    }
    return names
  }

  private static let blocks: KeyValuePairs<String, PublishedTensor> = [
    "norm1.": "ln_1.",
    "attn.qkv.weight": "attn.in_proj_weight", "attn.qkv.bias": "attn.in_proj_bias",
    "attn.proj.": "attn.out_proj.",
    "ls1.gamma": "ls_1.gamma",
    "norm2.": "ln_2.",
    "mlp.fc1.": "mlp.c_fc.", "mlp.fc2.": "mlp.c_proj.",
    "ls2.gamma": "ls_2.gamma",
  ]
}
