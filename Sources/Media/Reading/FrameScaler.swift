import CFFmpeg
import Images

/// Turns decoded frames of any pixel format into upright RGB pictures of the wanted size. Not Sendable.
///
/// The conversion is set up anew whenever a frame's size, format or colours differ from the last one's: they
/// may change in the middle of a stream.
final class FrameScaler {
  private struct Setup: Equatable {
    var width: Int32
    var height: Int32
    var format: Int32
    var matrix: AVColorSpace
    var range: AVColorRange
    var target: (width: Int, height: Int)

    static func == (a: Setup, b: Setup) -> Bool {
      (a.width, a.height, a.format) == (b.width, b.height, b.format) && a.matrix == b.matrix
        && a.range == b.range && a.target == b.target
    }
  }

  private let shortSide: Int
  private var setup: Setup?
  private var context: OpaquePointer?

  init(shortSide: Int) { self.shortSide = shortSide }

  deinit { sws_freeContext(context) }

  /// Nil when libswscale cannot convert such a frame.
  func picture(of frame: UnsafeMutablePointer<AVFrame>, shownAs geometry: DisplayGeometry) -> RGBImage? {
    let target = geometry.scaledSize(
      width: Int(frame.pointee.width), height: Int(frame.pointee.height), shortSide: shortSide)
    let setup = Setup(
      width: frame.pointee.width, height: frame.pointee.height, format: frame.pointee.format,
      matrix: frame.pointee.colorspace, range: frame.pointee.color_range, target: target)
    if setup != self.setup {
      sws_freeContext(context)
      context = Self.makeContext(setup)
      self.setup = context == nil ? nil : setup
    }
    guard let context, let pixels = scale(frame, to: target, context) else { return nil }
    return RGBImage(width: target.width, height: target.height, pixels: pixels)
      .oriented(transposed: geometry.transposed, mirrored: geometry.mirrored, flipped: geometry.flipped)
  }

  private func scale(
    _ frame: UnsafeMutablePointer<AVFrame>, to target: (width: Int, height: Int), _ context: OpaquePointer
  ) -> [UInt8]? {
    // libswscale's vector code may write past the end of a row: its rows get room, ours have none.
    let stride = (target.width * 3 + 63) / 64 * 64 + 64
    guard let rows = av_malloc(stride * target.height) else { return nil }
    defer { av_free(rows) }
    let source = [
      UnsafePointer(frame.pointee.data.0), UnsafePointer(frame.pointee.data.1),
      UnsafePointer(frame.pointee.data.2),
      UnsafePointer(frame.pointee.data.3),
    ]
    let sourceStrides = [
      frame.pointee.linesize.0, frame.pointee.linesize.1, frame.pointee.linesize.2, frame.pointee.linesize.3,
    ]
    let destination = [rows.assumingMemoryBound(to: UInt8.self), nil, nil, nil]
    let written = sws_scale(
      context, source, sourceStrides, 0, frame.pointee.height, destination, [Int32(stride), 0, 0, 0])
    // Not the number of rows: taking transparency away without scaling reports none.
    guard written >= 0 else { return nil }
    return [UInt8](unsafeUninitializedCapacity: target.width * target.height * 3) { pixels, count in
      for row in 0..<target.height {
        UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(pixels)[(row * target.width * 3)...]
        )
        .copyMemory(from: UnsafeRawBufferPointer(start: rows + row * stride, count: target.width * 3))
      }
      count = pixels.count
    }
  }

  private static func makeContext(_ setup: Setup) -> OpaquePointer? {
    guard sws_isSupportedInput(AVPixelFormat(setup.format)) != 0 else { return nil }
    guard let context = sws_alloc_context() else { return nil }
    let shrinks = setup.target.width * setup.target.height <= Int(setup.width) * Int(setup.height)
    // Bit-exact: the same bytes on every processor.
    let flags =
      (shrinks ? SWS_AREA : SWS_BICUBIC) | SWS_ACCURATE_RND | SWS_BITEXACT | SWS_FULL_CHR_H_INT
      | SWS_FULL_CHR_H_INP
    let options: [(String, Int64)] = [
      ("srcw", Int64(setup.width)), ("srch", Int64(setup.height)), ("src_format", Int64(setup.format)),
      ("dstw", Int64(setup.target.width)), ("dsth", Int64(setup.target.height)),
      ("dst_format", Int64(AV_PIX_FMT_RGB24.rawValue)), ("sws_flags", Int64(flags)),
      ("alphablend", 1),  // transparent parts show black, as in a player
    ]
    for (name, value) in options { av_opt_set_int(UnsafeMutableRawPointer(context), name, value, 0) }
    guard sws_init_context(context, nil, nil) >= 0 else {
      sws_freeContext(context)
      return nil
    }
    setColours(setup, context)
    return context
  }

  /// Frames say which matrix and range their YUV is in; those that do not are taken as players take them.
  private static func setColours(_ setup: Setup, _ context: OpaquePointer) {
    var (inverse, table): (UnsafeMutablePointer<Int32>?, UnsafeMutablePointer<Int32>?) = (nil, nil)
    var (sourceRange, targetRange, brightness, contrast, saturation): (Int32, Int32, Int32, Int32, Int32) = (
      0, 0, 0, 0, 0
    )
    // What libswscale guesses from the pixel format alone (full range for yuvj and grey) stands where the frame
    // says nothing. It has no such details for RGB.
    guard
      sws_getColorspaceDetails(
        context, &inverse, &sourceRange, &table, &targetRange, &brightness, &contrast, &saturation) >= 0
    else { return }
    switch setup.range {
    case AVCOL_RANGE_JPEG: sourceRange = 1
    case AVCOL_RANGE_MPEG: sourceRange = 0
    default: break
    }
    sws_setColorspaceDetails(
      context, sws_getCoefficients(coefficients(setup)), sourceRange, table, targetRange, brightness,
      contrast,
      saturation)
  }

  private static func coefficients(_ setup: Setup) -> Int32 {
    switch setup.matrix {
    case AVCOL_SPC_BT709: SWS_CS_ITU709
    case AVCOL_SPC_BT470BG, AVCOL_SPC_SMPTE170M: SWS_CS_ITU601
    case AVCOL_SPC_FCC: SWS_CS_FCC
    case AVCOL_SPC_SMPTE240M: SWS_CS_SMPTE240M
    case AVCOL_SPC_BT2020_NCL, AVCOL_SPC_BT2020_CL: SWS_CS_BT2020
    default: setup.width >= 1280 || setup.height > 576 ? SWS_CS_ITU709 : SWS_CS_ITU601
    }
  }
}
