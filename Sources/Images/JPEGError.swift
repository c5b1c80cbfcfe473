package import Storage

/// Bytes that are not a picture that can be used.
package enum JPEGError: ReportableError, Equatable {
  /// Not a JPEG at all, or one whose header cannot be read.
  case notJPEG(String)
  /// The picture ends early or its data is damaged.
  case damaged(String)
  /// More pixels than `JPEG.sideLimit`, `JPEG.pixelLimit` and `JPEG.scansPixelLimit` allow; nothing was allocated for it.
  case tooLarge(width: Int, height: Int)
  /// Inks (CMYK, YCCK): there is no conversion to RGB without a colour profile.
  case unsupportedColours
  case cannotEncode(String)

  package var kind: ErrorKind {
    switch self {
    case .notJPEG, .damaged, .tooLarge, .unsupportedColours: .badData
    case .cannotEncode: .internal
    }
  }

  package var description: String {
    switch self {
    case .notJPEG(let reason): "not a JPEG picture: \(reason)"
    case .damaged(let reason): "damaged JPEG picture: \(reason)"
    case .tooLarge(let width, let height):
      "JPEG picture of \(width)×\(height) is too large (at most \(JPEG.sideLimit) a side and \(JPEG.pixelLimit) pixels, \(JPEG.scansPixelLimit) in several scans)"
    case .unsupportedColours: "JPEG picture in CMYK; only grey and RGB or YCbCr pictures are read"
    case .cannotEncode(let reason): "cannot write JPEG: \(reason)"
    }
  }
}
