import Images

/// What is kept of a frame: the backbone's input as it is without random changes, and a square that random crops of
/// training are taken from, a little larger than the input, so that a crop still has all its pixels.
struct SquareFrame: Sendable {
  /// What changes start from.
  let image: RGBImage
  /// The input without changes, where it is not made from `image`.
  private let plain: RGBImage?
  private let filter: ResamplingFilter

  /// - Parameter size: of the backbone's input, in pixels.
  /// - Parameter kept: side of the square, in pixels; less where the picture is smaller.
  init(jpeg: [UInt8], size: Int, kept: Int, _ framing: Framing) throws(JPEGError) {
    filter = framing.interpolation.filter
    guard framing.mode == .middleSquare else {
      let picture = try JPEG.decode(jpeg)
      let input = picture.input(size: size, framing)
      (image, plain) =
        kept > size
        ? (picture.square(framing.mode, size: size, kept: kept, filter), input) : (input, nil)
      return
    }
    let picture = try JPEG.decode(jpeg, minimumShortSide: kept)
    (image, plain) = (picture.square(.middleSquare, size: size, kept: kept, filter), nil)
  }

  /// Bytes of memory.
  var bytes: Int { image.pixels.count + (plain?.pixels.count ?? 0) }

  /// The backbone's input, `size`×`size`: turned, cropped, scaled, mirrored and coloured, in this order.
  /// - Parameter view: nil shows the frame as it is.
  func input(size: Int, view: FrameView?) -> RGBImage {
    if view == nil, let plain { return plain }
    let view = view ?? .whole
    let side = Double(image.width)
    let (width, height) = (pixels(view.width * side), pixels(view.height * side))
    let region = Region(
      x: Int((view.x * (side - Double(width))).rounded()),
      y: Int((view.y * (side - Double(height))).rounded()),
      width: width, height: height)
    return image.rotated(degrees: view.rotation).resized(
      width: size, height: size, from: region, filter: filter
    )
    .oriented(transposed: false, mirrored: view.isMirrored, flipped: false)
    .adjusted(view.colors)
  }

  private func pixels(_ length: Double) -> Int { min(image.width, max(1, Int(length.rounded()))) }
}

extension RGBImage {
  /// The square that crops are taken from: the middle of the picture, or all of it, squashed.
  fileprivate func square(
    _ mode: Framing.Mode, size: Int, kept: Int, _ filter: ResamplingFilter
  ) -> RGBImage {
    let side = min(width, height)
    let target = min(kept, max(side, size))  // a small picture is not blown up twice
    guard !mode.isSquashing else { return resized(width: target, height: target, filter: filter) }
    let middle = Region(x: (width - side) / 2, y: (height - side) / 2, width: side, height: side)
    return resized(width: target, height: target, from: middle, filter: filter)
  }

  /// The input as torchvision's `Resize` and `CenterCrop` make it: the long side is rounded down, the place of the crop to
  /// the nearest even number where it is halfway. Hugging Face rounds that down.
  func input(size: Int, _ framing: Framing) -> RGBImage {
    let scaled = framing.shortSide(forInput: size)
    func long(_ long: Int, _ short: Int) -> Int { scaled * long / short }
    let (width, height) =
      framing.mode.isSquashing
      ? (scaled, scaled)
      : self.width <= self.height
        ? (scaled, long(self.height, self.width)) : (long(self.width, self.height), scaled)
    let rounding: FloatingPointRoundingRule = framing.mode.roundsDown ? .down : .toNearestOrEven
    func start(_ length: Int) -> Int { Int((Double(length - size) / 2).rounded(rounding)) }
    return resized(
      width: width, height: height, filter: framing.interpolation.filter,
      showing: Region(x: start(width), y: start(height), width: size, height: size))
  }
}
