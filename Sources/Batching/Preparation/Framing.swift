import Images
package import Storage

/// Which part of a frame the backbone sees, and how it is scaled; like the normalisation it belongs to the weights.
package struct Framing: Codable, Sendable, Equatable {
  package var mode: Mode
  /// Side of the input as a part of what a frame is first scaled to: the frame's short side where the middle is
  /// cropped, both sides where frames are squashed. Of `middleSquare` always 1.
  package var crop: Double
  package var interpolation: Interpolation

  package init(_ mode: Mode, crop: Double = 1, _ interpolation: Interpolation = .bilinear) {
    self.mode = mode
    self.crop = crop
    self.interpolation = interpolation
  }

  /// Which pixels this program makes by the same settings: another number than an earlier one's where they differ.
  package static let pixelVersion = ResamplingFilter.version

  /// What models are trained with here that begin at random.
  package static let middleSquare = Framing(.middleSquare)

  package enum CodingKeys: String, CodingKey { case mode, crop, interpolation }

  package enum Mode: String, Choice {
    /// The square in the middle, scaled to `square_size` and from there to the input. Large JPEGs are decoded at a
    /// smaller size, which is faster.
    case middleSquare = "middle_square"
    /// The frame's short side scaled to the input's side divided by `crop`, and the middle of that, as timm and
    /// torchvision do.
    case centerCrop = "center_crop"
    /// The same, but where the middle lies between two pixels the crop begins at the upper or left one, as Hugging Face's
    /// does; the others take the even one.
    case centerCropFloor = "center_crop_floor"
    /// Both sides scaled to the input's divided by `crop`, whatever shape the frame has, and the middle of that.
    case squash
    /// The same, and the middle as `centerCropFloor` takes it.
    case squashFloor = "squash_floor"

    /// Whether both sides are scaled, so that all of a frame is seen before it is cropped.
    var isSquashing: Bool { self == .squash || self == .squashFloor }
    /// Whether a middle between two pixels is the upper or left one, the even one otherwise.
    var roundsDown: Bool { self == .centerCropFloor || self == .squashFloor }
  }

  /// How a pixel is made of its neighbours, with antialiasing.
  package enum Interpolation: String, Choice {
    case bilinear, bicubic

    var filter: ResamplingFilter {
      switch self {
      case .bilinear: .bilinear
      case .bicubic: .bicubic
      }
    }
  }

  /// The part that an input is of what a frame is scaled to before, so that `shortSide` gives that again to the pixel.
  package static func crop(input: Int, of scaled: Int) -> Double {
    let part = Double(input) / Double(scaled)
    return Framing(.centerCrop, crop: part).shortSide(forInput: input) == scaled ? part : part.nextDown
  }

  /// What a frame's short side is scaled to, pixels: one that has less is enlarged.
  package func shortSide(forInput size: Int) -> Int { Int((Double(size) / crop).rounded(.down)) }

  package func check(_ checks: inout SettingChecks) {
    checks.number(CodingKeys.crop, crop, 0.1...1)
    checks.require(
      mode != .middleSquare || crop == 1, CodingKeys.crop, "is \(crop), must be 1 with middle_square")
  }
}
