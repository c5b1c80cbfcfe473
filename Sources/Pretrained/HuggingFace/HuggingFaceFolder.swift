import Batching
import Models
import Storage
import SystemPackage
import Torch

/// A folder of Hugging Face's: `config.json` with `model_type`, `preprocessor_config.json`, and the weights of the whole
/// model or of its vision part.
struct HuggingFaceFolder {
  let backbone: PublishedBackbone

  init(_ path: FilePath, _ settings: inout PublishedSettings) throws {
    let type = try settings.required("model_type")
    guard let family = HuggingFaceFamily(rawValue: type) else {
      let known = HuggingFaceFamily.allCases.map(\.rawValue).joined(separator: ", ")
      throw settings.problem("model_type", "is '\(type)': as backbones are read \(known)")
    }
    try settings.passOverWhatComputesNothing()
    let model = try family.model(&settings)
    try settings.finish()
    let pixels = try HuggingFacePixels(reading: path)
    var configuration = model.configuration.withFrozenStatistics
    configuration.imageSize = pixels.size
    configuration.normalization = pixels.normalization
    let description = BackboneDescription(
      name: "Hugging Face's \(type)", configuration: configuration, framing: pixels.framing)
    try description.requireModel(at: path)
    let weights = try PublishedWeights(in: path)
    let tensors = NamedTensors(
      weights.file, model.names(), under: try Self.prefix(of: model.marker, in: weights.file))
    try tensors.requireNeighbours(family.neighbours, of: type)
    backbone = PublishedBackbone(
      path: path, description, weights: weights, tensors: tensors, elsewhere: tensors.elsewhere,
      layout: WeightLayout(ignoring: model.ignoring), antialiasesPositions: model.antialiasesPositions)
  }

  /// What stands before the names of the vision part: it depends on what the model was saved as, and on the version.
  /// - Parameter marker: a name that every such model has once.
  private static func prefix(of marker: String, in file: any TensorFile) throws -> String {
    let prefixes = file.names.filter { $0 == marker || $0.hasSuffix("." + marker) }
      .map { String($0.dropLast(marker.count)) }
    guard prefixes.count <= 1 else {
      throw PublishedError(
        path: file.path, reason: "holds several models: below \(prefixes.map(quoted).joined(separator: ", "))"
      )
    }
    return prefixes.first ?? ""
  }
}

/// What Hugging Face's settings say of a model of vision.
struct HuggingFaceModel {
  let configuration: BackboneConfiguration
  /// To be called for a configuration that a model can be made from: absurd ones would take long.
  let names: () -> PublishedNames
  /// The name of a tensor that every model of the family has once.
  let marker: String
  /// Tensors of the vision part that a frame's vector does not depend on.
  let ignoring: [String]
  /// Whether tables of positions are resampled with antialiasing; see `ResizedPositions`.
  let antialiasesPositions: Bool

  init(
    configuration: BackboneConfiguration, names: @autoclosure @escaping () -> PublishedNames, marker: String,
    ignoring: [String] = [], antialiasesPositions: Bool = false
  ) {
    self.configuration = configuration
    self.names = names
    self.marker = marker
    self.ignoring = ignoring
    self.antialiasesPositions = antialiasesPositions
  }
}

/// By `model_type`.
enum HuggingFaceFamily: String, CaseIterable {
  case clip
  case clipVision = "clip_vision_model"
  case chineseCLIP = "chinese_clip"
  case chineseCLIPVision = "chinese_clip_vision_model"
  case siglip
  case siglipVision = "siglip_vision_model"
  case vit, deit, dinov2
  case dinov2WithRegisters = "dinov2_with_registers"
  case dinov3 = "dinov3_vit"
  case swin
  case swinV2 = "swinv2"
  case convNeXt = "convnext"
  case convNeXtV2 = "convnextv2"
  case resNet = "resnet"

  /// What may stand beside the vision part, as `NamePatterns`: heads, projections, a text part. What else stands there may
  /// have been computed of what comes behind it.
  var neighbours: [String] {
    switch self {
    case .clip, .clipVision, .chineseCLIP, .chineseCLIPVision:
      ["text_model.", "text_projection.", "visual_projection.", "logit_scale", "classifier."]
    case .siglip, .siglipVision: ["text_model.", "logit_scale", "logit_bias", "classifier."]
    case .deit: ["cls_classifier.", "distillation_classifier.", "classifier.", "decoder."]
    case .vit, .swin, .swinV2: ["classifier.", "decoder."]
    case .dinov2, .dinov2WithRegisters, .dinov3, .convNeXt, .convNeXtV2, .resNet: ["classifier."]
    }
  }

  /// - Throws: `JSONError` naming what is not computed here.
  func model(_ settings: inout PublishedSettings) throws -> HuggingFaceModel {
    switch self {
    case .clip, .chineseCLIP: try settings.readingVisionPart(mayBeTwice: true, CLIPLayout.model)
    case .clipVision, .chineseCLIPVision: try CLIPLayout.model(&settings)
    case .siglip: try settings.readingVisionPart(SigLIPLayout.model)
    case .siglipVision: try SigLIPLayout.model(&settings)
    case .vit: try ViTLayout.vit(&settings)
    case .deit: try ViTLayout.deit(&settings)
    case .dinov2: try DINOv2Layout.model(&settings, hasRegisters: false)
    case .dinov2WithRegisters: try DINOv2Layout.model(&settings, hasRegisters: true)
    case .dinov3: try DINOv3Layout.model(&settings)
    case .swin: try SwinLayout.model(&settings, .first)
    case .swinV2: try SwinLayout.model(&settings, .second)
    case .convNeXt: try ConvNeXtLayout.model(&settings, isSecond: false)
    case .convNeXtV2: try ConvNeXtLayout.model(&settings, isSecond: true)
    case .resNet: try ResNetLayout.model(&settings)
    }
  }
}
