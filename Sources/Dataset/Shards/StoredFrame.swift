import Images

/// What a frame in a shard has to be like: a JPEG file as `extract` writes them. Whoever made the shard, a small file
/// cannot be more than a small picture.
package enum StoredFrame {
  /// A long side is at most this many short sides.
  package static let longestSide = 16

  /// What is wrong with it, as the end of a sentence; nil for a good one. The picture itself is not looked at.
  ///
  /// - Parameter shortSide: of the dataset's frames, in pixels; strips may be narrower.
  package static func problem(with jpeg: [UInt8], shortSide: Int) -> String? {
    // A block of zeros, or a cut, would have taken one of the two ends.
    guard jpeg.last == 0xD9, jpeg.dropLast().last == 0xFF, let header = try? JPEGHeader(jpeg) else {
      return "is no JPEG"
    }
    guard header.isBaseline && header.isSingleScan else {
      return "is a JPEG of another kind than extract writes"
    }
    let (short, long) = (min(header.width, header.height), max(header.width, header.height))
    guard short <= shortSide, long <= shortSide * longestSide else {
      return "has \(header.width)×\(header.height) pixels, too many for a short side of \(shortSide)"
    }
    return nil
  }
}
