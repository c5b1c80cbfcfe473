import Batching
import Models
import Storage
import SystemPackage
import Torch

/// A folder of timm's: `config.json` with `architecture` and `pretrained_cfg`, and the weights under timm's names.
struct TimmFolder {
  let backbone: PublishedBackbone

  init(_ path: FilePath, _ settings: inout PublishedSettings) throws {
    let name = try settings.required("architecture")
    guard var architecture = TimmArchitecture(named: name) else {
      throw settings.problem(
        "architecture",
        "is '\(name)', which is none of those that are read: \(TimmArchitecture.names.joined(separator: ", "))"
      )
    }
    settings.passOver("num_classes", "num_features", "license", "license_link")
    try settings.expect("global_pool", .text(architecture.pooling))
    if let arguments = try settings.section("model_args") { try architecture.apply(arguments) }
    guard var pretrained = try settings.section("pretrained_cfg") else {
      throw settings.problem("pretrained_cfg", "is missing: it says how pixels are prepared")
    }
    try settings.finish()
    let (size, normalization, framing) = try Self.input(&pretrained)
    try pretrained.finish()
    var configuration = architecture.configuration.withFrozenStatistics
    configuration.imageSize = size
    configuration.normalization = normalization
    let description = BackboneDescription(
      name: "timm's \(name)", configuration: configuration, framing: framing)
    try description.requireModel(at: path)
    let weights = try PublishedWeights(in: path)
    var (tensors, ignoring) = (weights.file, architecture.ignoring)
    if case .efficientNet(let efficientNet) = configuration, tensors.shape(of: EfficientNetPort.marker) != nil
    {
      tensors = NamedTensors(tensors, EfficientNetPort.names(efficientNet), under: "")
      ignoring = EfficientNetPort.ignoring
    }
    backbone = PublishedBackbone(
      path: path, description, weights: weights, tensors: tensors, layout: WeightLayout(ignoring: ignoring),
      antialiasesPositions: true)
  }

  private static func input(
    _ settings: inout PublishedSettings
  ) throws -> (size: Int, ImageNormalization, Framing) {
    // Where weights come from, of how many classes, and what was only used in training or for a larger test.
    settings.passOver(
      "architecture", "tag", "url", "file", "state_dict", "hf_hub_id", "hf_hub_filename", "source",
      "num_classes", "label_offset", "label_names", "label_descriptions", "custom_load", "license",
      "origin_url",
      "paper_name", "paper_ids", "notes", "first_conv", "classifier", "pool_size", "test_input_size",
      "test_crop_pct", "min_input_size", "fixed_input_size")
    guard let input = try settings.numbers("input_size"), input.count == 3, input[0] == 3,
      input[1] == input[2],
      let size = Int(exactly: input[1])
    else { throw settings.problem("input_size", "is not [3, size, size]") }
    let crop = try settings.number("crop_pct") ?? 0.875
    guard 0.1...1 ~= crop else { throw settings.problem("crop_pct", "is \(crop), must be from 0.1 to 1") }
    let named = try settings.text("crop_mode") ?? "center"
    let modes: [String: Framing.Mode] = ["center": .centerCrop, "squash": .squash]
    guard let mode = modes[named] else {
      throw settings.problem("crop_mode", "is '\(named)', only center and squash are computed here")
    }
    let interpolation = try settings.required("interpolation")
    guard let filter = Framing.Interpolation(rawValue: interpolation) else {
      throw settings.problem(
        "interpolation", "is '\(interpolation)', only bilinear and bicubic are computed here")
    }
    func channels(_ key: String) throws -> [Double] {
      guard let values = try settings.numbers(key), values.count == 3 else {
        throw settings.problem(key, "is not one number each for red, green and blue")
      }
      return values
    }
    let normalization = ImageNormalization(mean: try channels("mean"), deviation: try channels("std"))
    return (size, normalization, Framing(mode, crop: crop, filter))
  }
}
