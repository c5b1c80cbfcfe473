import Batching
import Models
import Storage
import SystemPackage

/// How pixels are prepared, by Hugging Face's `preprocessor_config.json`.
struct HuggingFacePixels {
  let size: Int
  let normalization: ImageNormalization
  let framing: Framing

  init(reading folder: FilePath) throws {
    var settings = try Self.settings(in: folder)
    let kind = Kind(
      name: try settings.text("image_processor_type") ?? settings.text("feature_extractor_type") ?? "")
    // Frames are RGB, and how the numbers lie in memory changes none.
    settings.passOver(
      "feature_extractor_type", "processor_class", "do_convert_rgb", "data_format", "input_data_format",
      "return_tensors", "device", "disable_grouping", "_valid_processor_keys", "auto_map", "image_seq_length",
      "size_divisor")
    try settings.expect("do_resize", true)
    try settings.expect("do_rescale", true)
    try settings.expect("rescale_factor", .number(1 / 255.0))
    try settings.expect("do_pad", false)
    try settings.expect("offset", false)
    normalization = try Self.normalization(&settings)
    let filter = try Self.filter(&settings)
    let (scaled, isSquare) = try Self.scaled(&settings, kind)
    let crop = try Self.crop(&settings, kind)
    if kind == .convNeXt {
      let part = try settings.number("crop_pct") ?? 224 / 256.0
      size = scaled
      guard crop == nil || crop == scaled else {
        throw settings.problem("crop_size", "is another than size, of which the middle was taken already")
      }
      guard 0.1...1 ~= part else { throw settings.problem("crop_pct", "is \(part), must be from 0.1 to 1") }
      // Large inputs are squashed.
      let short = Int(Double(scaled) / part)
      framing =
        scaled < 384
        ? Framing(.centerCropFloor, crop: Framing.crop(input: scaled, of: short), filter)
        : Framing(.squash, filter)
    } else {
      guard isSquare || crop != nil else {
        throw settings.problem(
          "do_center_crop", "is false, and frames are not squashed: their shapes would differ")
      }
      size = crop ?? scaled
      guard size <= scaled else {
        throw settings.problem("crop_size", "is \(size), more than what is cropped, \(scaled)")
      }
      framing = Framing(
        isSquare ? (size == scaled ? .squash : .squashFloor) : .centerCropFloor,
        crop: Framing.crop(input: size, of: scaled), filter)
    }
    try settings.finish()
  }

  private static func settings(in folder: FilePath) throws -> PublishedSettings {
    let path = folder.appending("preprocessor_config.json")
    if Folder.exists(path) { return try PublishedSettings(reading: path) }
    let both = folder.appending("processor_config.json")
    if Folder.exists(both) {
      var settings = try PublishedSettings(reading: both)
      if let images = try settings.section("image_processor") { return images }
    }
    throw PublishedError(
      path: folder, reason: "holds no preprocessor_config.json, which says how pixels are prepared")
  }

  /// What decides where a file leaves something out.
  private enum Kind {
    /// The short side is scaled, and the middle taken.
    case cropping
    /// Both sides are scaled.
    case squashing
    case squashingAndCropping
    case siglip
    case convNeXt
    case unknown

    /// Whether a size that is one number is that of both sides, where the file does not say; nil where nobody knows.
    var isSquare: Bool? {
      switch self {
      case .squashing, .squashingAndCropping: true
      case .cropping, .siglip, .convNeXt: false
      case .unknown: nil
      }
    }

    init(name: String) {
      let name = name.replacing("ImageProcessor", with: "").replacing("FeatureExtractor", with: "")
        .replacing("Fast", with: "").replacing("Pil", with: "").lowercased()
      self =
        switch name {
        case "clip", "bit", "chineseclip": .cropping
        case "vit", "dinov3vit": .squashing
        case "siglip": .siglip
        case "deit": .squashingAndCropping
        case "convnext": .convNeXt
        default: .unknown
        }
    }
  }

  private static func normalization(_ settings: inout PublishedSettings) throws -> ImageNormalization {
    let isNormalized = try settings.flag("do_normalize") ?? true
    var channels: [[Double]] = []
    for key in ["image_mean", "image_std"] {
      let values = try settings.numbers(key)
      guard !isNormalized || values?.count == 3 else {
        throw settings.problem(key, "is not one number each for red, green and blue")
      }
      channels.append(values ?? [])
    }
    return isNormalized
      ? ImageNormalization(mean: channels[0], deviation: channels[1])
      : ImageNormalization(mean: [0, 0, 0], deviation: [1, 1, 1])
  }

  private static func filter(_ settings: inout PublishedSettings) throws -> Framing.Interpolation {
    switch try settings.requiredWhole("resample") {
    case 2: return .bilinear
    case 3: return .bicubic
    case let other:
      throw settings.problem("resample", "is \(other), only 2 (bilinear) and 3 (bicubic) are computed here")
    }
  }

  /// What a frame is scaled to: both sides, or the short one.
  private static func scaled(
    _ settings: inout PublishedSettings, _ kind: Kind
  ) throws -> (size: Int, isSquare: Bool) {
    // What a size of one number means.
    let isSquare = try settings.flag("default_to_square") ?? kind.isSquare
    guard settings.isSection("size") else {
      let size = try settings.requiredWhole("size")
      guard let isSquare else {
        throw settings.problem("size", "does not say whether it is that of the short side or of both")
      }
      return (try positive(size, "size", settings), isSquare)
    }
    guard var size = try settings.section("size") else { throw settings.problem("size", "is missing") }
    let short = try size.whole("shortest_edge")
    let (height, width) = (try size.whole("height"), try size.whole("width"))
    try size.finish()
    if let short, height == nil, width == nil { return (try positive(short, "size", settings), false) }
    guard short == nil, let height, height == width else {
      throw settings.problem("size", "is neither shortest_edge nor a square of height and width")
    }
    return (try positive(height, "size", settings), true)
  }

  /// The middle that is taken of what was scaled; nil where all of it is.
  private static func crop(_ settings: inout PublishedSettings, _ kind: Kind) throws -> Int? {
    let isCropped =
      try settings.flag("do_center_crop") ?? (kind == .cropping || kind == .squashingAndCropping)
    var side: Int?
    if settings.isSection("crop_size") {
      guard var size = try settings.section("crop_size") else { return nil }
      side = try size.whole("height")
      guard try size.whole("width") == side else { throw settings.problem("crop_size", "is no square") }
      try size.finish()
    } else {
      side = try settings.whole("crop_size")
    }
    guard isCropped else { return nil }
    guard let side else { throw settings.problem("crop_size", "is missing") }
    return try positive(side, "crop_size", settings)
  }

  private static func positive(_ size: Int, _ key: String, _ settings: PublishedSettings) throws -> Int {
    guard 1...4096 ~= size else { throw settings.problem(key, "is \(size), must be from 1 to 4096") }
    return size
  }
}
