import Batching
import Models
import NN
import Torch

/// A backbone as transformers reads it.
struct HuggingFaceExport {
  private(set) var settings = ExportedSettings()
  let names: PublishedNames
  /// Before all names.
  let prefix: String
  /// Tensors that the class has and no vector depends on, by name and shape.
  let idle: [String: [Int]]

  /// - Throws: `ExportError` saying what transformers has no such model of.
  init(_ configuration: BackboneConfiguration) throws(ExportError) {
    func no(_ reason: String) -> ExportError { ExportError("transformers has no such model: \(reason)") }
    switch configuration {
    case .vit(let vit):
      let family = try VisionFamily(vit)
      (names, prefix, idle) = (family.names(vit), family.prefix, family.idle(vit))
      settings = family.settings(vit)
    case .swin(let swin):
      guard swin.shifts(as: .transformers) else {
        throw no("its Swin shifts windows otherwise than timm's, as this one was trained")
      }
      guard swin.normEpsilon == 1e-5 else { throw no("norms of Swin have an epsilon of 1e-05 there") }
      // V2 makes its windows smaller there by sides that are rounded down, the first not at all.
      guard
        swin.version == .second
          ? (swin.imageSize / swin.patchSize).isMultiple(of: 8)
          : (0..<4).allSatisfy({ swin.side($0) >= swin.windowSize })
      else { throw no("its windows are larger than a stage of Swin") }
      (names, prefix, idle) = (SwinLayout.names(swin), "", [:])
      settings.merge([
        "model_type": .word(swin.version == .first ? "swin" : "swinv2"),
        "architectures": .words([swin.version == .first ? "SwinModel" : "Swinv2Model"]),
        "image_size": .whole(swin.imageSize), "patch_size": .whole(swin.patchSize),
        "embed_dim": .whole(swin.embeddingSize), "depths": .wholes(swin.depths),
        "num_heads": .wholes(swin.heads), "window_size": .whole(swin.windowSize),
        "mlp_ratio": .real(swin.mlpRatio), "hidden_act": .word(swin.activation.nameInHuggingFace),
        "layer_norm_eps": .real(swin.normEpsilon), "qkv_bias": .flag(true),
        "use_absolute_embeddings": .flag(false),
      ])
      if swin.version == .second { settings["pretrained_window_sizes"] = .wholes(swin.pretrainedWindowSizes) }
    case .convNeXt(let convNeXt):
      guard convNeXt.normEpsilon == 1e-6 else { throw no("norms of ConvNeXt have an epsilon of 1e-06 there") }
      guard convNeXt.responseNorm != (convNeXt.layerScale > 0) else {
        throw no("blocks of ConvNeXt have a scale, those of V2 a response norm")
      }
      (names, prefix, idle) = (ConvNeXtLayout.names(convNeXt), "", [:])
      settings.merge([
        "model_type": .word(convNeXt.responseNorm ? "convnextv2" : "convnext"),
        "architectures": .words([convNeXt.responseNorm ? "ConvNextV2Model" : "ConvNextModel"]),
        "image_size": .whole(convNeXt.imageSize), "depths": .wholes(convNeXt.depths),
        "hidden_sizes": .wholes(convNeXt.widths), "patch_size": .whole(4), "num_stages": .whole(4),
        "hidden_act": .word(convNeXt.activation.nameInHuggingFace),
        "layer_norm_eps": .real(convNeXt.headNormEpsilon ?? convNeXt.normEpsilon),
      ])
      if !convNeXt.responseNorm { settings["layer_scale_init_value"] = .real(convNeXt.layerScale) }
    case .resNet(let resNet):
      (names, prefix, idle) = (ResNetLayout.names(resNet), "", [:])
      settings.merge([
        "model_type": .word("resnet"), "architectures": .words(["ResNetModel"]),
        "layer_type": .word(resNet.block.rawValue), "depths": .wholes(resNet.layers),
        "hidden_sizes": .wholes(resNet.channels.map { $0 * resNet.block.expansion }),
        "embedding_size": .whole(64), "hidden_act": .word("relu"),
        "downsample_in_first_stage": .flag(false), "downsample_in_bottleneck": .flag(false),
      ])
    case .efficientNet: throw no("its EfficientNet is another; take --to timm")
    case .resNeSt: throw no("ResNeSt; take --to timm")
    case .pair: throw ExportError("a pair of backbones is no single model")
    }
  }
}

/// How pixels are prepared, as transformers' image processors read it.
extension ExportedSettings {
  static func preprocessor(
    size: Int, _ normalization: ImageNormalization, _ framing: Framing
  ) -> ExportedSettings {
    var settings = ExportedSettings()
    settings.merge([
      "do_resize": .flag(true), "do_rescale": .flag(true), "rescale_factor": .real(1 / 255.0),
      "do_normalize": .flag(true), "image_mean": .reals(normalization.mean),
      "image_std": .reals(normalization.deviation),
      "resample": .whole(framing.interpolation == .bilinear ? 2 : 3),
    ])
    func square(_ side: Int) -> Literal { Literal(text: "{\"height\": \(side), \"width\": \(side)}") }
    let scaled = framing.shortSide(forInput: size)
    let isCropped: Bool
    let name: String
    switch framing.mode {
    case .squash, .squashFloor:
      (isCropped, name) = (scaled != size, scaled != size ? "DeiTImageProcessor" : "ViTImageProcessor")
      settings["size"] = square(scaled)
    case .centerCrop, .centerCropFloor, .middleSquare:
      (isCropped, name) = (true, "CLIPImageProcessor")
      settings["size"] = Literal(text: "{\"shortest_edge\": \(scaled)}")
    }
    settings["image_processor_type"] = .word(name)
    if isCropped { settings.merge(["do_center_crop": .flag(true), "crop_size": square(size)]) }
    return settings
  }
}

extension Activation {
  var nameInHuggingFace: String { self == .geluTanh ? "gelu_pytorch_tanh" : rawValue }
}

/// Which of transformers' families a vision transformer is of.
private enum VisionFamily: String {
  case vit, deit, clip, siglip, dinov2
  case dinov2WithRegisters = "dinov2_with_registers"
  case dinov3 = "dinov3_vit"

  init(_ vit: VisionTransformer.Configuration) throws(ExportError) {
    let family: VisionFamily =
      vit.positions == .rotary
      ? .dinov3
      : vit.hasPreNorm
        ? .clip
        : vit.pooling == .attention
          ? .siglip
          : vit.layerScale > 0
            ? (vit.registers > 0 ? .dinov2WithRegisters : .dinov2) : vit.registers > 0 ? .deit : .vit
    let wanted = family.wanted(vit)
    var differing: [String] = []
    func require(_ holds: Bool, _ what: String) { if !holds { differing.append(what) } }
    require(vit.pooling == wanted.pooling, "global_pool \(vit.pooling.rawValue)")
    require(vit.positions == wanted.positions, "pos_embed \(vit.positions.rawValue)")
    require(vit.hasClassToken == wanted.hasClassToken, "class_token \(vit.hasClassToken)")
    require(vit.registers == wanted.registers, "reg_tokens \(vit.registers)")
    require(vit.attentionBias == wanted.attentionBias, "qkv_bias \(vit.attentionBias.rawValue)")
    require((vit.layerScale > 0) == (wanted.layerScale > 0), "init_values \(vit.layerScale)")
    require(!vit.normalizesPooled, "fc_norm true")
    if family == .dinov2 || family == .dinov2WithRegisters {
      require(vit.mlpRatio == vit.mlpRatio.rounded(), "mlp_ratio \(vit.mlpRatio)")
    }
    guard differing.isEmpty else {
      throw ExportError(
        "transformers has no such model: its \(family.rawValue) is not with \(differing.joined(separator: ", "))"
      )
    }
    self = family
  }

  /// What the family always has.
  private func wanted(_ vit: VisionTransformer.Configuration) -> VisionTransformer.Configuration {
    var wanted = vit
    wanted.pooling = self == .siglip ? .attention : .classToken
    wanted.positions =
      switch self {
      case .siglip, .dinov2WithRegisters: .patches
      case .dinov3: .rotary
      default: .tokens
      }
    wanted.hasClassToken = self != .siglip
    switch self {
    case .vit, .clip, .siglip, .dinov2: wanted.registers = 0
    case .deit: wanted.registers = 1
    case .dinov2WithRegisters, .dinov3: break
    }
    if self == .clip || self == .siglip { wanted.attentionBias = .all }
    if self != .dinov3, vit.attentionBias == .queriesAndValues { wanted.attentionBias = .all }
    switch self {
    case .vit, .deit, .clip, .siglip: wanted.layerScale = 0
    case .dinov2, .dinov2WithRegisters: break
    case .dinov3: wanted.layerScale = 1
    }
    return wanted
  }

  var prefix: String { self == .clip || self == .siglip ? "vision_model." : "" }

  func names(_ vit: VisionTransformer.Configuration) -> PublishedNames {
    switch self {
    case .vit, .deit: ViTLayout.names(vit)
    case .clip: CLIPLayout.names(vit)
    case .siglip: SigLIPLayout.names(vit)
    case .dinov2, .dinov2WithRegisters: DINOv2Layout.names(vit)
    case .dinov3: DINOv3Layout.names(vit)
    }
  }

  /// What hides patches in training.
  func idle(_ vit: VisionTransformer.Configuration) -> [String: [Int]] {
    switch self {
    case .vit, .deit, .clip, .siglip: [:]
    case .dinov2, .dinov2WithRegisters: ["embeddings.mask_token": [1, vit.embeddingSize]]
    case .dinov3: ["embeddings.mask_token": [1, 1, vit.embeddingSize]]
    }
  }

  func settings(_ vit: VisionTransformer.Configuration) -> ExportedSettings {
    var settings = ExportedSettings()
    settings.merge([
      "hidden_size": .whole(vit.embeddingSize), "num_hidden_layers": .whole(vit.depth),
      "num_attention_heads": .whole(vit.heads), "image_size": .whole(vit.imageSize),
      "patch_size": .whole(vit.patchSize), "num_channels": .whole(3),
      "hidden_act": .word(vit.activation.nameInHuggingFace), "layer_norm_eps": .real(vit.normEpsilon),
    ])
    let hasBias = vit.attentionBias == .all
    switch self {
    case .vit, .deit:
      settings.merge([
        "model_type": .word(rawValue), "architectures": .words([self == .vit ? "ViTModel" : "DeiTModel"]),
        "intermediate_size": .whole(vit.hiddenSize), "qkv_bias": .flag(hasBias),
      ])
    case .clip, .siglip:
      settings.merge([
        "model_type": .word(rawValue + "_vision_model"), "intermediate_size": .whole(vit.hiddenSize),
        "architectures": .words([self == .clip ? "CLIPVisionModel" : "SiglipVisionModel"]),
      ])
    case .dinov2, .dinov2WithRegisters:
      settings.merge([
        "model_type": .word(rawValue), "mlp_ratio": .whole(Int(vit.mlpRatio)), "qkv_bias": .flag(hasBias),
        "architectures": .words([self == .dinov2 ? "Dinov2Model" : "Dinov2WithRegistersModel"]),
        "layerscale_value": .real(vit.layerScale), "use_swiglu_ffn": .flag(false),
      ])
      if self == .dinov2WithRegisters { settings["num_register_tokens"] = .whole(vit.registers) }
    case .dinov3:
      settings.merge([
        "model_type": .word(rawValue), "architectures": .words(["DINOv3ViTModel"]),
        "intermediate_size": .whole(vit.hiddenSize), "num_register_tokens": .whole(vit.registers),
        "query_bias": .flag(vit.attentionBias != .none), "key_bias": .flag(hasBias),
        "value_bias": .flag(vit.attentionBias != .none), "layerscale_value": .real(vit.layerScale),
        "rope_theta": .real(100), "use_gated_mlp": .flag(false),
      ])
    }
    return settings
  }
}
