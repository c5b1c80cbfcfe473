import Images

/// A small copy of a stored frame, whole.
struct Thumbnail {
  let width: Int
  let height: Int
  let jpeg: [UInt8]

  /// - Parameter longSide: in pixels; a smaller picture keeps its size.
  /// - Throws: what is wrong with a picture that the model does not get either.
  init(_ bytes: [UInt8], longSide: Int, quality: Int) throws(JPEGError) {
    let full = try JPEG.size(of: bytes)
    let scale = min(1, Double(longSide) / Double(max(full.width, full.height)))
    width = max(1, Int((Double(full.width) * scale).rounded()))
    height = max(1, Int((Double(full.height) * scale).rounded()))
    let picture = try JPEG.decode(bytes, minimumShortSide: min(width, height))
    jpeg = try JPEG.encode(picture.resized(width: width, height: height), quality: quality)
  }

  /// How much of the long side lies outside the middle square on each end, in percent.
  var percentOutsideSquare: Double {
    let (long, short) = (Double(max(width, height)), Double(min(width, height)))
    return (long - short) / (2 * long) * 100
  }
}
