import Foundation
package import Images

/// A small copy of a stored frame, whole.
package struct Thumbnail: Sendable {
  package let width: Int
  package let height: Int
  /// A JPEG file as the address of a picture: nothing is fetched.
  package let address: String

  /// - Parameter longSide: in pixels; a smaller picture keeps its size.
  /// - Throws: what is wrong with a picture that the model does not get either.
  package init(_ bytes: [UInt8], longSide: Int, quality: Int) throws(JPEGError) {
    let full = try JPEG.size(of: bytes)
    let scale = min(1, Double(longSide) / Double(max(full.width, full.height)))
    width = max(1, Int((Double(full.width) * scale).rounded()))
    height = max(1, Int((Double(full.height) * scale).rounded()))
    let picture = try JPEG.decode(bytes, minimumShortSide: min(width, height))
    let jpeg = try JPEG.encode(picture.resized(width: width, height: height), quality: quality)
    address = "data:image/jpeg;base64,\(Data(jpeg).base64EncodedString())"
  }

  package var isWide: Bool { width > height }

  /// How much of the long side lies outside the middle square on each end, in percent.
  package var percentOutsideSquare: Double {
    let (long, short) = (Double(max(width, height)), Double(min(width, height)))
    return (long - short) / (2 * long) * 100
  }
}
