/// What the header of a JPEG file says of its picture, read without a decoder: before anything is decoded, or allocated
/// for it.
package struct JPEGHeader: Sendable, Equatable {
  package let width: Int
  package let height: Int
  /// 8 bits a sample and Huffman codes, one line after the other.
  package let isBaseline: Bool
  /// All colours come in one scan. Of a picture in several, a decoder holds all coefficients in memory until it has met
  /// the last scan: up to six bytes a pixel, however small the file.
  package let isSingleScan: Bool

  /// - Parameter bytes: a file, or what comes before its first scan.
  /// - Throws: `JPEGError.notJPEG` unless it begins as a JPEG file does, with one header.
  package init(_ bytes: [UInt8]) throws(JPEGError) {
    guard bytes.count > 4, bytes.starts(with: [0xFF, 0xD8]) else {
      throw .notJPEG("it does not begin as one")
    }
    var frame: Frame?
    var position = 2
    while let segment = Segment(bytes, at: position) {
      position = segment.content.upperBound
      let content = bytes[segment.content]
      if segment.marker == 0xDA {
        guard let frame, let components = content.first else { break }
        (width, height) = (frame.width, frame.height)
        isBaseline = frame.isBaseline
        isSingleScan = !frame.isProgressive && Int(components) == frame.components
        return
      }
      if Frame.markers.contains(segment.marker) {
        guard frame == nil, let found = Frame(segment.marker, content) else { break }
        frame = found
      }
    }
    throw .notJPEG("its header is damaged")
  }

  /// A marker and what belongs to it.
  private struct Segment {
    var marker: UInt8
    var content: Range<Int>

    /// Nil where there is none.
    init?(_ bytes: [UInt8], at position: Int) {
      guard position < bytes.count, bytes[position] == 0xFF else { return nil }
      // Any number of these may come before a marker.
      var place = position
      while place < bytes.count && bytes[place] == 0xFF { place += 1 }
      guard place + 2 < bytes.count else { return nil }
      let length = Int(bytes[place + 1]) << 8 | Int(bytes[place + 2])
      guard length >= 2, place + 1 + length <= bytes.count else { return nil }
      marker = bytes[place]
      content = (place + 3)..<(place + 1 + length)
    }
  }

  private struct Frame {
    /// All kinds of coding, but for the tables in between.
    static let markers: Set<UInt8> = Set(0xC0...0xCF).subtracting([0xC4, 0xC8, 0xCC])

    var width: Int
    var height: Int
    var components: Int
    var isBaseline: Bool
    var isProgressive: Bool

    init?(_ marker: UInt8, _ content: ArraySlice<UInt8>) {
      guard content.count >= 6 else { return nil }
      let bytes = content.prefix(6).map { Int($0) }
      (height, width) = (bytes[1] << 8 | bytes[2], bytes[3] << 8 | bytes[4])
      components = bytes[5]
      guard width > 0, height > 0, components > 0 else { return nil }
      isBaseline = marker == 0xC0 && bytes[0] == 8
      isProgressive = [0xC2, 0xC6, 0xCA, 0xCE].contains(marker)
    }
  }
}
