import Batching
import Models
import NN
import Storage
import SystemPackage

/// A folder of open_clip's: `open_clip_config.json` with `model_cfg` and `preprocess_cfg`, and the weights of both towers.
struct OpenCLIPFolder {
  static let configuration: FilePath.Component = "open_clip_config.json"
  let backbone: PublishedBackbone

  init(_ path: FilePath) throws {
    var settings = try PublishedSettings(reading: path.appending(Self.configuration))
    guard var model = try settings.section("model_cfg"), var vision = try model.section("vision_cfg") else {
      throw settings.problem("model_cfg.vision_cfg", "is missing: it says what the weights are")
    }
    // The other tower, and the space that both are projected into.
    model.passOver(
      "embed_dim", "text_cfg", "custom_text", "init_logit_scale", "init_logit_bias", "multimodal_cfg",
      "nonscalar_logit_scale")
    let isQuick = try model.flag("quick_gelu") ?? false
    settings.passOver("version", "tag", "hf_hub_id")
    let tower =
      vision.contains("timm_model_name")
      ? try Self.timmTower(&vision) : try Self.ownTower(&vision, activation: isQuick ? .quickGELU : .gelu)
    try vision.finish()
    try model.finish()
    var configuration = tower.configuration.withFrozenStatistics
    let framing: Framing
    (configuration.normalization, framing) = try Self.pixels(try settings.section("preprocess_cfg"))
    try settings.finish()
    let description = BackboneDescription(
      name: "open_clip's \(tower.name)", configuration: configuration, framing: framing)
    try description.requireModel(at: path)
    let weights = try PublishedWeights(in: path, isOpenCLIP: true)
    let tensors = NamedTensors(weights.file, tower.names(configuration), under: tower.prefix)
    try tensors.requireNeighbours(OpenCLIPLayout.neighbours, of: "CLIP")
    backbone = PublishedBackbone(
      path: path, description, weights: weights, tensors: tensors, elsewhere: tensors.elsewhere,
      layout: WeightLayout(ignoring: tower.ignoring), antialiasesPositions: true)
  }

  private struct Tower {
    let name: String
    let configuration: BackboneConfiguration
    let prefix: String
    let ignoring: [String]

    /// To be called for a configuration that a model can be made from.
    func names(_ configuration: BackboneConfiguration) -> PublishedNames {
      guard prefix == OpenCLIPLayout.prefix, case .vit(let vit) = configuration else {
        return PublishedNames()
      }
      return OpenCLIPLayout.names(vit)
    }
  }

  /// The transformer that open_clip has itself.
  private static func ownTower(
    _ vision: inout PublishedSettings, activation: Activation
  ) throws -> Tower {
    guard !vision.isList("layers") else {
      throw vision.problem("layers", "is a list: CLIP's own ResNet is not computed here")
    }
    let width = try vision.whole("width") ?? 768
    let headWidth = try vision.whole("head_width") ?? 64
    guard headWidth > 0, width.isMultiple(of: headWidth) else {
      throw vision.problem("head_width", "is \(headWidth), must divide the width \(width)")
    }
    var vit = VisionTransformer.Configuration(
      imageSize: try vision.side("image_size") ?? 224, patchSize: try vision.side("patch_size") ?? 16,
      embeddingSize: width, depth: try vision.whole("layers") ?? 12, heads: width / headWidth,
      mlpRatio: try vision.number("mlp_ratio") ?? 4, activation: activation, normEpsilon: 1e-5)
    vit.hasPreNorm = true
    vit.layerScale = try vision.number("ls_init_value") ?? 0
    if var norms = try vision.section("norm_kwargs") {
      vit.normEpsilon = try norms.number("eps") ?? vit.normEpsilon
      try norms.finish()
    }
    if var arguments = try vision.section("act_kwargs") {
      if let approximation = try arguments.text("approximate") {
        guard approximation == "tanh", activation == .gelu else {
          throw arguments.problem("approximate", "is '\(approximation)', only tanh is computed here")
        }
        vit.activation = .geluTanh
      }
      try arguments.finish()
    }
    try vision.expect("pool_type", "tok")
    try vision.expect("pos_embed_type", "learnable")
    for key in [
      "attentional_pool", "no_ln_pre", "output_tokens", "qk_norm", "scaled_cosine_attn", "scale_heads",
      "scale_attn_inner", "scale_attn", "scale_fc",
    ] { try vision.expect(key, false) }
    // The last norm is of each token: before or after the class token is taken is the same.
    vision.passOver("final_ln_after_pool", "patch_dropout", "attn_pooler_queries", "attn_pooler_heads")
    try vision.expect("block_type", "default")
    vision.passOver(where: { $0.hasPrefix("timm_") })
    return Tower(
      name: "ViT of \(vit.embeddingSize), patches of \(vit.patchSize)", configuration: .vit(vit),
      prefix: OpenCLIPLayout.prefix, ignoring: ["proj"])
  }

  /// One of timm's, with timm's names.
  private static func timmTower(_ vision: inout PublishedSettings) throws -> Tower {
    let name = try vision.required("timm_model_name")
    guard let architecture = TimmArchitecture(named: name) else {
      throw vision.problem("timm_model_name", "is '\(name)', which is none of those that are read")
    }
    let pooling = try vision.text("timm_pool") ?? "avg"
    guard pooling == architecture.pooling || pooling.isEmpty else {
      throw vision.problem("timm_pool", "is '\(pooling)', only '\(architecture.pooling)' is computed here")
    }
    var configuration = architecture.configuration
    configuration.imageSize = try vision.side("image_size") ?? configuration.imageSize
    vision.passOver(
      "timm_model_pretrained", "timm_proj", "timm_proj_bias", "timm_drop", "timm_drop_path", "patch_dropout",
      "layers", "width", "patch_size", "head_width")
    return Tower(
      name: "timm tower \(name)", configuration: configuration, prefix: "visual.trunk.",
      ignoring: architecture.ignoring)
  }

  /// - Parameter settings: what a file leaves out is open_clip's own.
  private static func pixels(_ settings: PublishedSettings?) throws -> (ImageNormalization, Framing) {
    guard var settings else { return (.clip, Framing(.centerCrop, .bicubic)) }
    settings.passOver("size", "fill_color")  // the first is the model's image_size
    try settings.expect("mode", "RGB")
    func channels(_ key: String, usual: [Double]) throws -> [Double] {
      let values = try settings.numbers(key) ?? usual
      guard values.count == 3 else {
        throw settings.problem(key, "is not one number each for red, green and blue")
      }
      return values
    }
    let normalization = ImageNormalization(
      mean: try channels("mean", usual: ImageNormalization.clip.mean),
      deviation: try channels("std", usual: ImageNormalization.clip.deviation))
    let interpolation = try settings.text("interpolation") ?? "bicubic"
    guard let filter = Framing.Interpolation(rawValue: interpolation) else {
      throw settings.problem(
        "interpolation", "is '\(interpolation)', only bilinear and bicubic are computed here")
    }
    let named = try settings.text("resize_mode") ?? "shortest"
    let modes: [String: Framing.Mode] = ["shortest": .centerCrop, "squash": .squash]
    guard let mode = modes[named] else {
      throw settings.problem("resize_mode", "is '\(named)', only shortest and squash are computed here")
    }
    try settings.finish()
    return (normalization, Framing(mode, filter))
  }
}
