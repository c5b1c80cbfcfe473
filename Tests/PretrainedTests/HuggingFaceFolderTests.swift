import Batching
import Models
import NN
import RunFixtures
import Storage
import SystemPackage
import Testing
import Torch

@testable import Pretrained

/// What Hugging Face's folders say, and what refuses them.
@Suite("Hugging Face's folders of vision") struct HuggingFaceFolderTests {
  let copy: PublishedCopy

  init() throws { copy = try PublishedCopy() }

  private static let config = PublishedCopy.config
  private static let pixels = PublishedCopy.pixels

  private func vit(_ backbone: PublishedBackbone) throws -> VisionTransformer.Configuration {
    guard case .vit(let vit) = backbone.description.configuration else { throw NoViT() }
    return vit
  }
  private struct NoViT: Error {}

  @Test(
    "the activation is the file's, of which CLIP has two that look alike; where none is named it is the format's",
    arguments: [
      ("hf_clip", "\"quick_gelu\"", "\"gelu\"", Activation.gelu),
      ("hf_clip", "\"quick_gelu\"", "null", .quickGELU),
      (
        "hf_clip", "\"hidden_act\": \"quick_gelu\",\n    \"hidden_size\": 8,", "\"hidden_size\": 8,",
        .quickGELU
      ),
      ("hf_siglip_vision", "\"hidden_act\": \"gelu_pytorch_tanh\",", "", .geluTanh),
      ("hf_siglip_vision", "\"gelu_pytorch_tanh\"", "\"gelu\"", .gelu),
      ("hf_vit", "\"gelu\"", "\"gelu_new\"", .geluTanh),
    ])
  func activation(name: String, old: String, new: String, wanted: Activation) throws {
    #expect(try vit(copy.read(name, PublishedCopy.config, [old: new])).activation == wanted)
  }

  @Test("epsilons, biases, registers and scales are the file's")
  func details() throws {
    #expect(try vit(copy.read("hf_vit_classifier")).normEpsilon == 1e-3)
    #expect(try vit(copy.read("hf_vit_classifier")).attentionBias == .none)
    #expect(try vit(copy.read("hf_clip")).normEpsilon == 1e-5)
    #expect(try vit(copy.read("hf_dinov2_registers")).registers == 3)
    #expect(try vit(copy.read("hf_dinov2")).layerScale == 1)
    let dinov3 = try vit(copy.read("hf_dinov3"))
    #expect(dinov3.positions == .rotary && dinov3.attentionBias == .queriesAndValues)
    guard case .convNeXt(let convNeXt) = try copy.read("hf_convnextv2").description.configuration else {
      Issue.record("no ConvNeXt")
      return
    }
    #expect(convNeXt.normEpsilon == 1e-6 && convNeXt.headNormEpsilon == 0.5)
    let large = try vit(
      copy.read(
        "hf_siglip_vision", PublishedCopy.config,
        [
          "\"hidden_size\": 8": "\"hidden_size\": 1152",
          "\"intermediate_size\": 20": "\"intermediate_size\": 4304",
        ]))
    #expect(large.hiddenSize == 4304)
  }

  @Test(
    "where an old file holds the settings of the vision part twice, the second alone counts, and the class")
  func twice() throws {
    let twice =
      "\"vision_config_dict\": {\"layer_norm_eps\": 0.25, \"hidden_size\": 120, \"patch_size\": 4},\n  \"vision_config\""
    let vit = try vit(copy.read("hf_clip", PublishedCopy.config, ["\"vision_config\"": twice]))
    #expect(vit.normEpsilon == 0.25 && vit.embeddingSize == 120)
    #expect(vit.depth == 12 && vit.heads == 12 && vit.hiddenSize == 3072)
    // SigLIP's has no such key.
    expectError(.badData, saying: "vision_config_dict is not understood") {
      _ = try copy.read("hf_siglip", PublishedCopy.config, ["\"vision_config\"": twice])
    }
  }

  @Test(
    "what is not understood, or not computed here, refuses the folder by its name",
    arguments: [
      ("hf_vit", config, "\"vit\"", "\"videomae\"", "model_type is 'videomae': as backbones are read clip,"),
      ("hf_vit", config, "\"qkv_bias\"", "\"rope\": 1, \"qkv_bias\"", "rope is not understood"),
      ("hf_clip", config, "\"vision_config\"", "\"other\"", "vision_config is missing"),
      ("hf_clip", config, "\"quick_gelu\"", "\"gelu_10\"", "vision_config.hidden_act is 'gelu_10'"),
      (
        "hf_clip", config, "\"num_channels\": 3", "\"num_channels\": 4",
        "vision_config.num_channels is 4, only 3 is computed here"
      ),
      (
        "hf_clip_projection", config, "\"attention_dropout\": 0.0", "\"attention_dropout\": 0.1",
        "attention_dropout is 0.1"
      ),
      (
        "hf_clip_projection", config, "\"image_size\": 12", "\"image_size\": [12, 16]",
        "image_size is no square"
      ),
      (
        "hf_siglip", config, "\"vision_use_head\": true", "\"vision_use_head\": false",
        "vision_use_head is false"
      ),
      (
        "hf_dinov2", config, "\"use_swiglu_ffn\": false", "\"use_swiglu_ffn\": true", "use_swiglu_ffn is true"
      ),
      (
        "hf_dinov3", config, "\"rope_theta\": 100.0", "\"rope_theta\": 10000.0",
        "rope_theta is 10000, only 100"
      ),
      ("hf_dinov3", config, "\"use_gated_mlp\": false", "\"use_gated_mlp\": true", "use_gated_mlp is true"),
      (
        "hf_dinov3", config, "\"query_bias\": true", "\"query_bias\": false",
        "key_bias is false with query_bias false"
      ),
      (
        "hf_swin", config, "\"use_absolute_embeddings\": false", "\"use_absolute_embeddings\": true",
        "absolute"
      ),
      (
        "hf_swinv2", config, "\"image_size\": 32", "\"image_size\": 28",
        "image_size is 28: a stage of 4 × 4 patches has windows of 3 × 3 that transformers does not shift"
      ),
      ("hf_swin", config, "1e-05", "1e-06", "layer_norm_eps is 1e-06, only 1e-05"),
      (
        "hf_resnet", config, "\"downsample_in_bottleneck\": false", "\"downsample_in_bottleneck\": true",
        "bottleneck"
      ),
      (
        "hf_resnet", config, "\"layer_type\": \"bottleneck\"", "\"layer_type\": \"preactivation\"",
        "layer_type"
      ),
      ("hf_convnext", config, "\"patch_size\": 4", "\"patch_size\": 2", "patch_size is 2"),
      ("hf_vit", config, "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 999999999999", "depth"),
      (
        "hf_vit", config, "\"num_hidden_layers\": 2", "\"num_hidden_layers\": -9223372036854775808",
        "num_hidden_layers is no whole number"
      ),
      (
        "hf_swin", config, "\"depths\": [", "\"depths\": [-9223372036854775808,",
        "depths is no list of whole numbers"
      ),
      ("hf_vit", config, "\"intermediate_size\": 20", "\"intermediate_size\": 0", "intermediate_size is 0"),
      ("hf_vit", config, "\"num_attention_heads\": 2", "\"num_attention_heads\": 3", "num_heads"),
      ("hf_clip", pixels, "\"resample\": 3", "\"resample\": 1", "resample is 1, only 2 (bilinear) and 3"),
      ("hf_clip", pixels, "\"resample\": 3,", "", "resample is missing"),
      ("hf_clip", pixels, "\"do_center_crop\": true", "\"do_center_crop\": false", "do_center_crop is false"),
      ("hf_clip", pixels, "\"do_resize\": true", "\"do_resize\": false", "do_resize is false"),
      ("hf_clip", pixels, "0.00392156862745098", "0.0078", "rescale_factor is 0.0078"),
      ("hf_clip", pixels, "\"shortest_edge\"", "\"longest_edge\"", "size.longest_edge is not understood"),
      ("hf_clip", pixels, "\"do_resize\"", "\"sharpness\": 2, \"do_resize\"", "sharpness is not understood"),
      ("hf_clip", pixels, "\"shortest_edge\": 12", "\"shortest_edge\": 8", "crop_size is 12, more than"),
      (
        "hf_siglip_vision", pixels, "\"width\": 12", "\"width\": 14",
        "size is neither shortest_edge nor a square"
      ),
      (
        "hf_convnext", pixels, "\"do_resize\": true",
        "\"do_resize\": true, \"do_center_crop\": true, \"crop_size\": 20", "crop_size is another than size"
      ),
      (
        "hf_resnet", pixels, "\"do_resize\": true",
        "\"do_resize\": true, \"do_center_crop\": true, \"crop_size\": {\"height\": 40, \"width\": 40}",
        "crop_size is another than size"
      ),
      (
        "hf_vit", config, "\"qkv_bias\"", "\"pruned_heads\": {\"0\": [1]}, \"qkv_bias\"",
        "pruned_heads.0 is not"
      ),
      ("hf_convnextv2", pixels, "\"crop_pct\": 0.9", "\"crop_pct\": 0", "crop_pct is 0.0"),
      ("hf_clip", pixels, "0.26862954,", "", "image_std is not one number each"),
    ])
  func refused(name: String, file: String, old: String, new: String, reason: String) throws {
    expectError(.badData, saying: copy.path.string, reason) { _ = try copy.read(name, file, [old: new]) }
  }

  @Test("a file of two models, and a folder that does not say how pixels are prepared, are refused")
  func whole() throws {
    expectError(.badData, saying: "holds several models: below", "vision_model.", "other.") {
      _ = try copy.read("hf_clip", tensors: { $0["other.embeddings.patch_embedding.weight"] = .zeros([1]) })
    }
    _ = try copy.read("hf_clip")
    try Folder.removeFile(copy.path.appending(PublishedCopy.pixels))
    expectError(.badData, saying: "holds no preprocessor_config.json") {
      _ = try PublishedBackbone(reading: copy.path)
    }
  }
}
