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
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let config = "config.json"
  private static let pixels = "preprocessor_config.json"

  /// A fixture with changes of its texts and tensors.
  private func read(
    _ name: String, _ file: String = config, _ changes: KeyValuePairs<String, String> = [:],
    tensors change: ((inout [String: Tensor]) -> Void)? = nil
  ) throws -> PublishedBackbone {
    let fixture = PublishedFixture.folder(name)
    for name in [Self.config, Self.pixels, "model.safetensors"] {
      try AtomicFile.write(Files.read(fixture.appending(name)), to: folder.path.appending(name))
    }
    var text = String(decoding: try Files.read(fixture.appending(file)), as: UTF8.self)
    for (old, new) in changes {
      #expect(text.contains(old) && old != new, "\(old)")
      text = text.replacing(old, with: new)
    }
    try AtomicFile.write(text, to: folder.path.appending(file))
    if let change {
      let weights = try Safetensors(fixture.appending("model.safetensors"))
      var tensors = Dictionary(
        uniqueKeysWithValues: try weights.names.map { ($0, try weights.tensor($0)) })
      change(&tensors)
      try Safetensors.write(tensors, to: folder.path.appending("model.safetensors"))
    }
    return try PublishedBackbone(reading: folder.path)
  }

  private func load(_ backbone: PublishedBackbone) throws {
    let configuration = backbone.description.configuration
    let store = ParameterStore(sources: [backbone.source(at: "backbone", for: configuration)])
    _ = configuration.model(store.root["backbone"])
    try store.finish()
  }

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
    #expect(try vit(read(name, Self.config, [old: new])).activation == wanted)
  }

  @Test("epsilons, biases, registers and scales are the file's")
  func details() throws {
    #expect(try vit(read("hf_vit_classifier")).normEpsilon == 1e-3)
    #expect(try vit(read("hf_vit_classifier")).attentionBias == .none)
    #expect(try vit(read("hf_clip")).normEpsilon == 1e-5)
    #expect(try vit(read("hf_dinov2_registers")).registers == 3)
    #expect(try vit(read("hf_dinov2")).layerScale == 1)
    let dinov3 = try vit(read("hf_dinov3"))
    #expect(dinov3.positions == .rotary && dinov3.attentionBias == .queriesAndValues)
    guard case .convNeXt(let convNeXt) = try read("hf_convnextv2").description.configuration else {
      Issue.record("no ConvNeXt")
      return
    }
    #expect(convNeXt.normEpsilon == 1e-6 && convNeXt.headNormEpsilon == 0.5)
    let large = try vit(
      read(
        "hf_siglip_vision", Self.config,
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
      "\"vision_config_dict\": {\"layer_norm_eps\": 0.25, \"hidden_size\": 120},\n  \"vision_config\""
    let vit = try vit(read("hf_clip", Self.config, ["\"vision_config\"": twice]))
    #expect(vit.normEpsilon == 0.25 && vit.embeddingSize == 120)
    #expect(vit.depth == 12 && vit.patchSize == 32 && vit.hiddenSize == 3072)
    // SigLIP's has no such key.
    expectError(.badData, saying: "vision_config_dict is not understood") {
      _ = try read("hf_siglip", Self.config, ["\"vision_config\"": twice])
    }
  }

  @Test(
    "how pixels are prepared is the preprocessor's",
    arguments: [
      ("hf_clip", Framing(.centerCropFloor, .bicubic), 12),
      ("hf_chinese_clip", Framing(.squash, .bicubic), 12),
      ("hf_siglip_vision", Framing(.squash, .bilinear), 12),
      ("hf_deit", Framing(.squashFloor, crop: 0.8, .bicubic), 12),
      ("hf_dinov2", Framing(.centerCropFloor, crop: 0.8, .bicubic), 12),
      ("hf_convnext", Framing(.centerCropFloor, crop: 32 / 36.0, .bicubic), 32),
    ])
  func framing(name: String, framing: Framing, size: Int) throws {
    let description = try read(name).description
    #expect(description.framing == framing)
    #expect(description.configuration.imageSize == size)
  }

  @Test(
    "old spellings of the preprocessor mean what the class of it meant then",
    arguments: [
      ("CLIPFeatureExtractor", 224, Framing(.centerCropFloor, .bicubic)),
      ("ViTFeatureExtractor", 224, Framing(.squash, .bicubic)),
      ("ConvNextFeatureExtractor", 224, Framing(.centerCropFloor, crop: 0.875, .bicubic)),
      ("ConvNextFeatureExtractor", 384, Framing(.squash, .bicubic)),
    ])
  func oldPixels(kind: String, size: Int, wanted: Framing) throws {
    _ = try read("hf_clip")
    let crop = kind.hasPrefix("CLIP") ? "\"crop_size\": \(size), \"do_center_crop\": true, " : ""
    try AtomicFile.write(
      """
      {"feature_extractor_type": "\(kind)", "do_resize": true, "size": \(size), \(crop)"resample": 3,
       "do_normalize": true, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}
      """, to: folder.path.appending(Self.pixels))
    let pixels = try HuggingFacePixels(reading: folder.path)
    #expect(pixels.framing == wanted && pixels.size == size)
  }

  @Test(
    "a size of one number is that of the short side or of both as the file says, or its class where it does not",
    arguments: [
      ("SiglipImageProcessor", "", nil), ("SiglipImageProcessor", "\"default_to_square\": true, ", .squash),
      ("ViTImageProcessor", "", .squash), ("ViTImageProcessor", "\"default_to_square\": false, ", nil),
      (
        "CLIPImageProcessor", "\"default_to_square\": true, \"crop_size\": 200, \"do_center_crop\": true, ",
        .squashFloor
      ),
    ] as [(String, String, Framing.Mode?)])
  func oneNumber(kind: String, settings: String, wanted: Framing.Mode?) throws {
    _ = try read("hf_clip")
    try AtomicFile.write(
      """
      {"image_processor_type": "\(kind)", "size": 224, \(settings)"resample": 3, "image_mean": [0.5, 0.5, 0.5],
       "image_std": [0.5, 0.5, 0.5]}
      """, to: folder.path.appending(Self.pixels))
    guard let wanted else {
      expectError(.badData, saying: "their shapes would differ") {
        _ = try HuggingFacePixels(reading: folder.path)
      }
      return
    }
    #expect(try HuggingFacePixels(reading: folder.path).framing.mode == wanted)
  }

  @Test("the part that is cropped gives the scaled side again, to the pixel")
  func crops() {
    for scaled in 2...600 {
      for input in stride(from: max(1, scaled / 3), through: scaled, by: 7) {
        let framing = Framing(.centerCrop, crop: Framing.crop(input: input, of: scaled))
        #expect(framing.shortSide(forInput: input) == scaled)
      }
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
    expectError(.badData, saying: folder.path.string, reason) { _ = try read(name, file, [old: new]) }
  }

  @Test(
    "a tensor that is missing, left over or of another shape is named as the file names it",
    arguments: [
      ("vision_model.encoder.layers.1.self_attn.k_proj.bias", "' [24] is missing"),
      ("vision_model.embeddings.class_embedding", "' [1, 1, 8] is missing"),
    ])
  func missing(tensor: String, reason: String) throws {
    let backbone = try read("hf_clip", tensors: { $0[tensor] = nil })
    expectError(.badData, saying: "'\(tensor)\(reason)") { try load(backbone) }
  }

  @Test("so is one that belongs to no layer of the vision part; the text part and heads are passed over")
  func leftOver() throws {
    let name = "vision_model.encoder.layers.0.self_attn.q_norm.weight"
    let backbone = try read("hf_clip", tensors: { $0[name] = .zeros([8]) })
    expectError(.badData, saying: "'\(name)' belongs to no layer") { try load(backbone) }
    try load(try read("hf_clip"))
    try load(try read("hf_vit_classifier"))
  }

  @Test(
    "weights of a few bits, whose scale stands elsewhere, are refused by name, joined ones too",
    arguments: [
      "post_layernorm.bias", "encoder.layers.0.self_attn.q_proj.weight", "embeddings.class_embedding",
    ])
  func codes(name: String) throws {
    let name = "vision_model.\(name)"
    let backbone = try read("hf_clip", tensors: { $0[name] = $0[name]?.to(.int8) })
    expectError(.badData, saying: name, "is of type I8") { try load(backbone) }
  }

  @Test(
    "what stands beside the vision part and is no head that is known may have been computed, and refuses the file",
    arguments: [
      ("hf_vit_classifier", "fc_norm.weight"), ("hf_vit_classifier", "adapter.0.down.weight"),
      ("hf_clip", "neck.weight"), ("hf_siglip", "text_modeling"), ("hf_convnextv2", "classifier_norm.weight"),
    ])
  func strangers(fixture: String, name: String) throws {
    expectError(.badData, saying: folder.path.string, "'\(name)' belongs to no part of a") {
      _ = try read(fixture, tensors: { $0[name] = .zeros([2]) })
    }
  }

  @Test("a table of no registers is no tensor that somebody would have to read; one of some is")
  func noRegisters() throws {
    let name = "embeddings.register_tokens"
    for rows in [0, 2] {
      let backbone = try read(
        "hf_dinov3", Self.config, ["\"num_register_tokens\": 2": "\"num_register_tokens\": 0"],
        tensors: { $0[name] = .zeros([1, rows, 8]) })
      if rows == 0 {
        try load(backbone)
      } else {
        expectError(.badData, saying: "'\(name)' belongs to no layer") { try load(backbone) }
      }
    }
  }

  @Test("parts of one tensor that do not go together are told from each other")
  func parts() throws {
    let name = "vision_model.encoder.layers.0.self_attn.q_proj.weight"
    let backbone = try read("hf_clip", tensors: { $0[name] = .zeros([4, 8]) })
    expectError(.badData, saying: name, "the configuration asks for [24, 8]") { try load(backbone) }
  }

  @Test("a file of two models, and a folder that does not say how pixels are prepared, are refused")
  func whole() throws {
    expectError(.badData, saying: "holds several models: below", "vision_model.", "other.") {
      _ = try read("hf_clip", tensors: { $0["other.embeddings.patch_embedding.weight"] = .zeros([1]) })
    }
    _ = try read("hf_clip")
    try Folder.removeFile(folder.path.appending(Self.pixels))
    expectError(.badData, saying: "holds no preprocessor_config.json") {
      _ = try PublishedBackbone(reading: folder.path)
    }
  }
}
