import Models
import NN
import Torch

/// The vision tower of `transformers.CLIPModel`, and of `ChineseCLIPModel`, whose text tower is a BERT: the class token behind
/// the last norm, before the projection into the space that is shared with text.
enum CLIPLayout {
  static let marker = "embeddings.patch_embedding.weight"

  static func model(_ settings: inout PublishedSettings) throws -> HuggingFaceModel {
    var vit = try settings.transformer(patchSize: 32, normEpsilon: 1e-5, activation: .quickGELU)
    try settings.takeHiddenSize(&vit)
    vit.hasPreNorm = true
    try settings.expectNoDropout("attention_dropout", "dropout")
    settings.passOver("projection_dim")
    return HuggingFaceModel(
      configuration: .vit(vit), names: names(vit), marker: marker, ignoring: ["embeddings.position_ids"])
  }

  static func names(_ vit: VisionTransformer.Configuration) -> PublishedNames {
    var names = PublishedNames([
      "cls_token": .leading("embeddings.class_embedding", stored: 1, own: 3),
      "patch_embed.proj.": "embeddings.patch_embedding.",
      "pos_embed": .leading("embeddings.position_embedding.weight", stored: 2, own: 3),
      "norm_pre.": "pre_layrnorm.",
      "norm.": "post_layernorm.",
    ])
    for block in 0..<vit.depth { names.add(blocks, below: "blocks.\(block).", "encoder.layers.\(block).") }
    return names
  }

  /// Of a block; SigLIP's are called the same.
  static let blocks: KeyValuePairs<String, PublishedTensor> = [
    "norm1.": "layer_norm1.",
    "attn.qkv.": ["self_attn.q_proj.", "self_attn.k_proj.", "self_attn.v_proj."],
    "attn.proj.": "self_attn.out_proj.",
    "norm2.": "layer_norm2.",
    "mlp.": "mlp.",
  ]
}

/// The vision tower of `transformers.SiglipModel`, which SigLIP 2 has been published as, too, where its input is of one size:
/// what a learnt query attends to among the patches.
enum SigLIPLayout {
  static func model(_ settings: inout PublishedSettings) throws -> HuggingFaceModel {
    var vit = try settings.transformer(patchSize: 16, normEpsilon: 1e-6, activation: .geluTanh)
    try settings.takeHiddenSize(&vit)
    vit.hasClassToken = false
    vit.positions = .patches
    vit.pooling = .attention
    try settings.expect("vision_use_head", true)
    try settings.expectNoDropout("attention_dropout")
    return HuggingFaceModel(
      configuration: .vit(vit), names: names(vit), marker: CLIPLayout.marker,
      ignoring: ["embeddings.position_ids"])
  }

  static func names(_ vit: VisionTransformer.Configuration) -> PublishedNames {
    var names = PublishedNames([
      "patch_embed.proj.": "embeddings.patch_embedding.",
      "pos_embed": .leading("embeddings.position_embedding.weight", stored: 2, own: 3),
      "norm.": "post_layernorm.",
      "attn_pool.latent": "head.probe",
      "attn_pool.q.weight": .parts(0..<1, of: 3, "head.attention.in_proj_weight"),
      "attn_pool.q.bias": .parts(0..<1, of: 3, "head.attention.in_proj_bias"),
      "attn_pool.kv.weight": .parts(1..<3, of: 3, "head.attention.in_proj_weight"),
      "attn_pool.kv.bias": .parts(1..<3, of: 3, "head.attention.in_proj_bias"),
      "attn_pool.proj.": "head.attention.out_proj.",
      "attn_pool.norm.": "head.layernorm.",
      "attn_pool.mlp.": "head.mlp.",
    ])
    for block in 0..<vit.depth {
      names.add(CLIPLayout.blocks, below: "blocks.\(block).", "encoder.layers.\(block).")
    }
    return names
  }
}
