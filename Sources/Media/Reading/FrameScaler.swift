import CFFmpeg
import Images

/// Turns decoded frames of any pixel format into upright pictures of the wanted size. Not Sendable.
///
/// Luma and colour differences stay what they are, and only change their scale; frames in RGB, grey or with
/// transparency become RGB. The conversion is set up anew whenever a frame's size, format or colours differ from
/// the last one's: they may change in the middle of a stream.
final class FrameScaler {
  private let shortSide: Int
  private var conversion: ScalingConversion?

  init(shortSide: Int) { self.shortSide = shortSide }

  /// Nil when such a frame cannot be converted.
  func picture(of frame: UnsafeMutablePointer<AVFrame>, shownAs geometry: DisplayGeometry) -> Picture? {
    let size = geometry.scaledSize(
      width: Int(frame.pointee.width), height: Int(frame.pointee.height), shortSide: shortSide)
    guard let setup = ScalingConversion.Setup(frame, to: size) else { return nil }
    if conversion?.setup != setup { conversion = ScalingConversion(setup) }
    return conversion?.picture(of: frame)?.oriented(
      transposed: geometry.transposed, mirrored: geometry.mirrored, flipped: geometry.flipped)
  }
}

/// From frames of one kind to pictures of one size.
final class ScalingConversion {
  struct Setup: Equatable {
    var width: Int32
    var height: Int32
    var format: AVPixelFormat
    var matrix: ColourMatrix
    /// Nil where the frame does not say.
    var isFullRange: Bool?
    /// Of a frame that was taken as two fields, the one that came first: its rows are every other one from this on. They
    /// are what was to be seen at the frame's time; the rows between show another moment.
    var firstRowOfField: Int32?
    var targetWidth: Int
    var targetHeight: Int

    /// Nil for colours that cannot be converted.
    init?(_ frame: UnsafeMutablePointer<AVFrame>, to target: (width: Int, height: Int)) {
      (width, height) = (frame.pointee.width, frame.pointee.height)
      format = AVPixelFormat(frame.pointee.format)
      let named = ColourMatrix(frame.pointee.colorspace, width: width, height: height)
      // What has no colour differences needs no matrix.
      guard let matrix = named ?? (Self.hasColourDifferences(format) ? nil : .bt601) else { return nil }
      self.matrix = matrix
      switch frame.pointee.color_range {
      case AVCOL_RANGE_JPEG: isFullRange = true
      case AVCOL_RANGE_MPEG: isFullRange = false
      default: isFullRange = nil
      }
      (targetWidth, targetHeight) = target
      if fw_is_interlaced(frame), isPlainYUV, height >= 8 {
        firstRowOfField = fw_top_field_comes_first(frame) ? 0 : 1
      }
      if matrix.libswscaleName == nil && !isPlainYUV { return nil }
    }

    /// How many rows are scaled.
    var rows: Int32 {
      guard let first = firstRowOfField, let description = av_pix_fmt_desc_get(format) else { return height }
      let shift = Int32(description.pointee.log2_chroma_h)
      let chromaRows = (height + (1 << shift) - 1) >> shift
      return min((height - first + 1) / 2, ((chromaRows - first + 1) / 2) << shift)
    }

    private static func hasColourDifferences(_ format: AVPixelFormat) -> Bool {
      guard let description = av_pix_fmt_desc_get(format)?.pointee else { return false }
      return description.nb_components >= 3 && description.flags & UInt64(AV_PIX_FMT_FLAG_RGB) == 0
    }

    /// Whether the format is luma and two colour differences, and nothing else.
    var isPlainYUV: Bool {
      guard let description = av_pix_fmt_desc_get(format), description.pointee.nb_components == 3 else {
        return false
      }
      // XYZ of digital cinema has three components and no flag of its own in libavutil 57.
      if format == AV_PIX_FMT_XYZ12LE || format == AV_PIX_FMT_XYZ12BE { return false }
      let others =
        AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_ALPHA | AV_PIX_FMT_FLAG_HWACCEL
        | AV_PIX_FMT_FLAG_BAYER | AV_PIX_FMT_FLAG_FLOAT
      return description.pointee.flags & UInt64(others) == 0
    }
  }

  let setup: Setup
  private let isPlanar: Bool
  private let context: OpaquePointer
  /// Where libswscale writes: its vector code may write past the end of a row, so its rows get room.
  private let rows: UnsafeMutablePointer<UInt8>
  /// Bytes from one row to the next, and bytes before the plane, for each plane.
  private let planes: [(stride: Int, offset: Int, width: Int, height: Int)]

  /// Nil when libswscale cannot convert such frames.
  init?(_ setup: Setup) {
    self.setup = setup
    let isPlanar = setup.isPlainYUV
    self.isPlanar = isPlanar
    let (width, height) = (setup.targetWidth, setup.targetHeight)
    let sizes =
      isPlanar
      ? [(width, height), ((width + 1) / 2, (height + 1) / 2), ((width + 1) / 2, (height + 1) / 2)]
      : [(width * 3, height)]
    var planes: [(stride: Int, offset: Int, width: Int, height: Int)] = []
    var total = 0
    for (width, height) in sizes {
      let stride = (width + 63) / 64 * 64 + 64
      planes.append((stride, total, width, height))
      total += stride * height
    }
    self.planes = planes
    guard let context = Self.makeContext(setup, isPlanar: isPlanar) else { return nil }
    guard let rows = av_malloc(total + 64) else {
      sws_freeContext(context)
      return nil
    }
    self.context = context
    self.rows = rows.assumingMemoryBound(to: UInt8.self)
  }

  deinit {
    sws_freeContext(context)
    av_free(rows)
  }

  /// - Parameter frame: of the setup's kind.
  func picture(of frame: UnsafeMutablePointer<AVFrame>) -> Picture? {
    let (data, strides) = (frame.pointee.data, frame.pointee.linesize)
    let first = Int(setup.firstRowOfField ?? 0)
    let step: Int32 = setup.firstRowOfField == nil ? 1 : 2
    let source = zip([data.0, data.1, data.2, data.3], [strides.0, strides.1, strides.2, strides.3]).map {
      plane, stride in plane.map { UnsafePointer<UInt8>($0 + first * Int(stride)) }
    }
    var destination = planes.map { UnsafeMutablePointer<UInt8>?(rows + $0.offset) }
    var destinationStrides = planes.map { Int32($0.stride) }
    while destination.count < 4 {
      destination.append(nil)
      destinationStrides.append(0)
    }
    let written = sws_scale(
      context, source, [strides.0, strides.1, strides.2, strides.3].map { $0 * step }, 0, setup.rows,
      destination, destinationStrides)
    // Not the number of rows: taking transparency away without scaling reports none.
    guard written >= 0 else { return nil }
    guard isPlanar else {
      return .rgb(RGBImage(width: setup.targetWidth, height: setup.targetHeight, pixels: packed(planes[0])))
    }
    var image = YUVImage(
      width: setup.targetWidth, height: setup.targetHeight, luma: packed(planes[0]),
      blueDifference: packed(planes[1]), redDifference: packed(planes[2]))
    setup.matrix.convertToBT601(&image)
    return .yuv(image)
  }

  /// The bytes of a plane without the room at the end of its rows.
  private func packed(_ plane: (stride: Int, offset: Int, width: Int, height: Int)) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: plane.width * plane.height) { bytes, count in
      for row in 0..<plane.height {
        UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(bytes)[(row * plane.width)...]
        )
        .copyMemory(
          from: UnsafeRawBufferPointer(start: rows + plane.offset + row * plane.stride, count: plane.width))
      }
      count = bytes.count
    }
  }

  private static func makeContext(_ setup: Setup, isPlanar: Bool) -> OpaquePointer? {
    guard sws_isSupportedInput(setup.format) != 0, let context = sws_alloc_context() else { return nil }
    let shrinks = setup.targetWidth * setup.targetHeight <= Int(setup.width) * Int(setup.rows)
    // Bit-exact: the same bytes on every processor.
    var flags = (shrinks ? SWS_AREA : SWS_BICUBIC) | SWS_ACCURATE_RND | SWS_BITEXACT
    if !isPlanar { flags |= SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP }
    var options: [(String, Int64)] = [
      ("srcw", Int64(setup.width)), ("srch", Int64(setup.rows)),
      ("src_format", Int64(setup.format.rawValue)),
      ("dstw", Int64(setup.targetWidth)), ("dsth", Int64(setup.targetHeight)),
      ("dst_format", Int64((isPlanar ? AV_PIX_FMT_YUV420P : AV_PIX_FMT_RGB24).rawValue)),
      ("sws_flags", Int64(flags)),
      ("alphablend", 1),  // transparent parts show black, as in a player
    ]
    // What the format alone says (full range for yuvj) stands where the frame says nothing.
    if isPlanar { options += [("src_range", setup.isFullRange == true ? 1 : 0), ("dst_range", 1)] }
    for (name, value) in options { av_opt_set_int(UnsafeMutableRawPointer(context), name, value, 0) }
    guard sws_init_context(context, nil, nil) >= 0 else {
      sws_freeContext(context)
      return nil
    }
    if !isPlanar { setColours(setup, context) }
    return context
  }

  /// For the way to RGB. (Between YUV formats libswscale only changes the range, which was an option.)
  private static func setColours(_ setup: Setup, _ context: OpaquePointer) {
    var (inverse, table): (UnsafeMutablePointer<Int32>?, UnsafeMutablePointer<Int32>?) = (nil, nil)
    var (sourceRange, targetRange, brightness, contrast, saturation): (Int32, Int32, Int32, Int32, Int32) = (
      0, 0, 0, 0, 0
    )
    // It has no such details for RGB.
    guard
      sws_getColorspaceDetails(
        context, &inverse, &sourceRange, &table, &targetRange, &brightness, &contrast, &saturation) >= 0
    else { return }
    if let isFullRange = setup.isFullRange { sourceRange = isFullRange ? 1 : 0 }
    sws_setColorspaceDetails(
      context, sws_getCoefficients(setup.matrix.libswscaleName ?? SWS_CS_DEFAULT), sourceRange, table,
      targetRange, brightness, contrast, saturation)
  }
}
