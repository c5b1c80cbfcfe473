import CTurboJPEG

/// JPEG files in memory, through libjpeg-turbo.
///
/// Every function is safe from any thread. A codec is made per call: that costs about a microsecond, so there
/// is nothing to gain from sharing one.
package enum JPEG {
  /// Pixels along one side that are read at most.
  package static let sideLimit = 16_384
  /// Pixels of a whole picture that are read at most: as many as of a video's.
  package static let pixelLimit = 36_000_000
  /// Pixels of a picture whose colours, or parts of them, come in several scans: its decoder holds up to six bytes for
  /// each, 100 MB, before there is a picture.
  package static let scansPixelLimit = 1 << 24

  /// Encodes with chroma at half size both ways (4:2:0); equal pictures give equal bytes.
  ///
  /// - Parameter quality: 1…100, the scale of the Independent JPEG Group.
  package static func encode(_ picture: Picture, quality: Int) throws(JPEGError) -> [UInt8] {
    switch picture {
    case .rgb(let image): try encode(image, quality: quality)
    case .yuv(let image): try encode(image, quality: quality)
    }
  }

  package static func encode(_ image: RGBImage, quality: Int) throws(JPEGError) -> [UInt8] {
    try encode(width: image.width, height: image.height, quality) { codec, destination, size in
      image.pixels.withUnsafeBufferPointer {
        tjCompress2(
          codec, $0.baseAddress, Int32(image.width), 0, Int32(image.height), Int32(TJPF_RGB.rawValue),
          destination, size, Int32(TJSAMP_420.rawValue), Int32(quality), encodingFlags)
      }
    }
  }

  /// No colour is converted: the planes are what the file holds.
  package static func encode(_ image: YUVImage, quality: Int) throws(JPEGError) -> [UInt8] {
    let luma = image.lumaInWholePairs
    return try encode(width: image.width, height: image.height, quality) { codec, destination, size in
      luma.withUnsafeBufferPointer { luma in
        image.blueDifference.withUnsafeBufferPointer { blue in
          image.redDifference.withUnsafeBufferPointer { red in
            var planes = [luma.baseAddress, blue.baseAddress, red.baseAddress]
            return tjCompressFromYUVPlanes(
              codec, &planes, Int32(image.width), nil, Int32(image.height), Int32(TJSAMP_420.rawValue),
              destination, size, Int32(quality), encodingFlags)
          }
        }
      }
    }
  }

  private static let encodingFlags = TJFLAG_NOREALLOC | TJFLAG_ACCURATEDCT

  /// - Parameter compress: fills the buffer and says how much of it; 0 when that went well.
  private static func encode(
    width: Int, height: Int, _ quality: Int,
    compress: (
      tjhandle, UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>, UnsafeMutablePointer<UInt>
    ) -> Int32
  ) throws(JPEGError) -> [UInt8] {
    precondition(1...100 ~= quality, "JPEG quality \(quality)")
    guard let codec = tjInitCompress() else { throw .cannotEncode(message(nil)) }
    defer { tjDestroy(codec) }
    let capacity = tjBufSize(Int32(width), Int32(height), Int32(TJSAMP_420.rawValue))
    guard capacity != .max else { throw .cannotEncode("\(width)×\(height) pixels") }
    var failure: String?
    let bytes = [UInt8](unsafeUninitializedCapacity: Int(capacity)) { buffer, count in
      var destination = buffer.baseAddress
      var size = capacity
      if compress(codec, &destination, &size) == 0 { count = Int(size) } else { failure = message(codec) }
    }
    if let failure { throw .cannotEncode(failure) }
    return bytes
  }

  /// Width and height as the header says, within the limits; the picture itself is not looked at.
  package static func size(of bytes: [UInt8]) throws(JPEGError) -> (width: Int, height: Int) {
    guard let codec = tjInitDecompress() else { throw .notJPEG(message(nil)) }
    defer { tjDestroy(codec) }
    return try header(bytes, codec)
  }

  /// Decodes to RGB; a grey picture has three equal channels.
  ///
  /// - Parameter minimumShortSide: allows a smaller picture, which is faster: the size is the smallest M/8 of
  ///   the full size, M = 1…8, whose short side is still at least this many pixels. The reduction happens in the
  ///   frequency domain, so it does not alias.
  /// - Throws: also when libjpeg only warns (missing or damaged data): half a picture is not a picture.
  package static func decode(_ bytes: [UInt8], minimumShortSide: Int? = nil) throws(JPEGError) -> RGBImage {
    guard let codec = tjInitDecompress() else { throw .damaged(message(nil)) }
    defer { tjDestroy(codec) }
    let full = try header(bytes, codec)
    let (width, height) = reduced(full, minimumShortSide: minimumShortSide)
    var failure: String?
    let pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { buffer, count in
      let status = bytes.withUnsafeBufferPointer {
        tjDecompress2(
          codec, $0.baseAddress, UInt($0.count), buffer.baseAddress, Int32(width), 0, Int32(height),
          Int32(TJPF_RGB.rawValue), TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS)
      }
      if status == 0 { count = buffer.count } else { failure = message(codec) }
    }
    if let failure { throw .damaged(failure) }
    return RGBImage(width: width, height: height, pixels: pixels)
  }

  /// The size at the smallest scale M/8 with a short side of `minimumShortSide` or more.
  static func reduced(
    _ full: (width: Int, height: Int), minimumShortSide: Int?
  ) -> (width: Int, height: Int) {
    guard let minimumShortSide else { return full }
    // libjpeg rounds scaled sides up.
    let shortSide = min(full.width, full.height)
    let eighths = (1...8).first { (shortSide * $0 + 7) / 8 >= minimumShortSide } ?? 8
    return ((full.width * eighths + 7) / 8, (full.height * eighths + 7) / 8)
  }

  private static func header(
    _ bytes: [UInt8], _ codec: tjhandle
  ) throws(JPEGError) -> (width: Int, height: Int) {
    var (width, height, subsampling, colours): (Int32, Int32, Int32, Int32) = (0, 0, -1, -1)
    let status = bytes.withUnsafeBufferPointer {
      tjDecompressHeader3(codec, $0.baseAddress, UInt($0.count), &width, &height, &subsampling, &colours)
    }
    // It also fails on a chroma layout that has no name in its API, though it decodes such pictures well; all
    // else is known by then.
    guard width > 0 && height > 0, status == 0 || (subsampling < 0 && colours >= 0) else {
      throw .notJPEG(status == 0 ? "there is no picture in it" : message(codec))
    }
    let size = (width: Int(width), height: Int(height))
    let isSingleScan = try JPEGHeader(bytes).isSingleScan
    guard max(size.width, size.height) <= sideLimit,
      size.width * size.height <= (isSingleScan ? pixelLimit : scansPixelLimit)
    else {
      throw .tooLarge(width: size.width, height: size.height)
    }
    guard colours != Int32(TJCS_CMYK.rawValue), colours != Int32(TJCS_YCCK.rawValue) else {
      throw .unsupportedColours
    }
    return size
  }

  private static func message(_ codec: tjhandle?) -> String {
    tjGetErrorStr2(codec).map { String(cString: $0) } ?? "unknown error"
  }
}
