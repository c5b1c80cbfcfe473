/// A picture in the colours that it came in: video is stored as luma and colour differences, and so are JPEG files,
/// so most pictures on the way from one to the other need never be RGB.
package enum Picture: Sendable, Equatable {
  case rgb(RGBImage)
  case yuv(YUVImage)

  package var width: Int {
    switch self {
    case .rgb(let image): image.width
    case .yuv(let image): image.width
    }
  }

  package var height: Int {
    switch self {
    case .rgb(let image): image.height
    case .yuv(let image): image.height
    }
  }

  /// Exchanges rows and columns if `transposed`, then left and right if `mirrored`, then top and bottom if
  /// `flipped`.
  package func oriented(transposed: Bool, mirrored: Bool, flipped: Bool) -> Picture {
    switch self {
    case .rgb(let image):
      .rgb(image.oriented(transposed: transposed, mirrored: mirrored, flipped: flipped))
    case .yuv(let image):
      .yuv(image.oriented(transposed: transposed, mirrored: mirrored, flipped: flipped))
    }
  }
}
