import Images

/// The square in the middle of a frame, kept a little larger than the backbone's input, so that a random crop of it
/// still has all its pixels.
struct SquareFrame: Sendable {
  let image: RGBImage

  /// - Parameter size: of the backbone's input, in pixels.
  /// - Parameter kept: side of the square, in pixels; less where the picture is smaller.
  init(jpeg: [UInt8], size: Int, kept: Int) throws(JPEGError) {
    let picture = try JPEG.decode(jpeg, minimumShortSide: kept)
    let side = min(picture.width, picture.height)
    let middle = Region(
      x: (picture.width - side) / 2, y: (picture.height - side) / 2, width: side, height: side)
    let target = min(kept, max(side, size))  // a small picture is not blown up twice
    image = picture.resized(width: target, height: target, from: middle)
  }

  /// The backbone's input, `size`×`size`: turned, cropped, scaled, mirrored and coloured, in this order.
  func input(size: Int, view: FrameView) -> RGBImage {
    let side = Double(image.width)
    let (width, height) = (pixels(view.width * side), pixels(view.height * side))
    let region = Region(
      x: Int((view.x * (side - Double(width))).rounded()),
      y: Int((view.y * (side - Double(height))).rounded()),
      width: width, height: height)
    return image.rotated(degrees: view.rotation).resized(width: size, height: size, from: region)
      .oriented(transposed: false, mirrored: view.isMirrored, flipped: false)
      .adjusted(view.colors)
  }

  private func pixels(_ length: Double) -> Int { min(image.width, max(1, Int(length.rounded()))) }
}
