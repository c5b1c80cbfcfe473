import CFFmpeg
package import Images
package import Storage

/// Makes an MP4 file of pictures: MPEG-4 part 2, which every build of libavcodec can write.
///
/// Equal pictures give equal bytes: one thread, integer transforms, no dates or versions inside.
package enum VideoEncoder {
  /// The content of the file.
  ///
  /// - Parameters:
  ///   - frames: all of one size. Asked for one after the other, so that only one needs to be in memory.
  ///   - rotation: how far clockwise a player is to turn the pictures: 0, 90, 180 or 270 degrees.
  /// - Precondition: there is at least one frame.
  package static func encode(
    _ frames: some Sequence<RGBImage>, framesPerSecond: Int, rotation: Int = 0
  ) throws(VideoEncodingError) -> [UInt8] {
    var iterator = frames.makeIterator()
    guard let first = iterator.next() else { preconditionFailure("a video needs a frame") }
    let encoding = try Encoding(
      width: first.width, height: first.height, framesPerSecond: framesPerSecond, rotation: rotation)
    var next: RGBImage? = first
    while let frame = next {
      try encoding.append(frame)
      next = iterator.next()
    }
    return try encoding.finish()
  }
}

/// libav refused to encode; with valid pictures that is a lack of memory, or a fault of ours.
package struct VideoEncodingError: ReportableError {
  package let step: String
  /// An `AVERROR`.
  package let code: Int32

  package var kind: ErrorKind { code == FW_ERROR_NO_MEMORY ? .resumable : .internal }

  package var description: String {
    var text = [CChar](repeating: 0, count: Int(AV_ERROR_MAX_STRING_SIZE))
    av_strerror(code, &text, text.count)
    let reason = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return "cannot encode a video: \(step): \(reason)"
  }
}

/// One file in the making.
private final class Encoding {
  private let container: Owned<AVFormatContext>
  /// Belongs to `container`.
  private let stream: UnsafeMutablePointer<AVStream>
  private let codec: Owned<AVCodecContext>
  private let picture: Owned<AVFrame>
  private let packet: Owned<AVPacket>
  private let toYUV: ColorConversion
  private var frameCount: Int64 = 0

  /// Quantiser of all blocks, 1 (fine) … 31 (coarse).
  private static let quantiser: Int32 = 4

  init(width: Int, height: Int, framesPerSecond: Int, rotation: Int) throws(VideoEncodingError) {
    let size = (width: Int32(width), height: Int32(height))
    container = try Owned(avformat_alloc_context(), "container", free: freeContainer)
    codec = try Owned(
      avcodec_alloc_context3(avcodec_find_encoder(AV_CODEC_ID_MPEG4)), "codec", free: avcodec_free_context)
    picture = try Owned(av_frame_alloc(), "picture", free: av_frame_free)
    packet = try Owned(av_packet_alloc(), "packet", free: av_packet_free)
    toYUV = try ColorConversion(width: size.width, height: size.height)
    guard let stream = avformat_new_stream(container.pointer, nil) else {
      throw VideoEncodingError(step: "stream", code: FW_ERROR_NO_MEMORY)
    }
    self.stream = stream
    picture.pointer.pointee.format = AV_PIX_FMT_YUV420P.rawValue
    (picture.pointer.pointee.width, picture.pointer.pointee.height) = size
    try check(av_frame_get_buffer(picture.pointer, 0), "picture")
    try openCodec(width: size.width, height: size.height, framesPerSecond: Int32(framesPerSecond))
    try openContainer(rotation: Int32(rotation))
  }

  private func openCodec(width: Int32, height: Int32, framesPerSecond: Int32) throws(VideoEncodingError) {
    let codec = codec.pointer
    (codec.pointee.width, codec.pointee.height) = (width, height)
    codec.pointee.pix_fmt = AV_PIX_FMT_YUV420P
    codec.pointee.time_base = AVRational(num: 1, den: framesPerSecond)
    codec.pointee.framerate = AVRational(num: framesPerSecond, den: 1)
    codec.pointee.gop_size = 2 * framesPerSecond
    codec.pointee.thread_count = 1
    // The defaults choose transforms by what the processor can do, and those differ in the last bit.
    codec.pointee.dct_algo = FF_DCT_INT
    codec.pointee.idct_algo = FF_IDCT_SIMPLE
    codec.pointee.global_quality = FF_QP2LAMBDA * Self.quantiser
    codec.pointee.flags |= AV_CODEC_FLAG_QSCALE | AV_CODEC_FLAG_BITEXACT | AV_CODEC_FLAG_GLOBAL_HEADER
    try check(avcodec_open2(codec, nil, nil), "open the MPEG-4 encoder")
  }

  private func openContainer(rotation: Int32) throws(VideoEncodingError) {
    let container = container.pointer
    container.pointee.oformat = av_guess_format("mp4", nil, nil)
    container.pointee.flags |= AVFMT_FLAG_BITEXACT
    stream.pointee.time_base = codec.pointer.pointee.time_base
    stream.pointee.avg_frame_rate = codec.pointer.pointee.framerate
    try check(avcodec_parameters_from_context(stream.pointee.codecpar, codec.pointer), "stream")
    if rotation != 0 { try check(fw_set_rotation(stream, rotation), "rotation") }
    try check(avio_open_dyn_buf(&container.pointee.pb), "buffer")
    try check(avformat_write_header(container, nil), "header")
  }

  func append(_ image: RGBImage) throws(VideoEncodingError) {
    let picture = picture.pointer
    precondition(
      image.width == picture.pointee.width && image.height == picture.pointee.height,
      "a frame of \(image.width)×\(image.height) in a video of \(picture.pointee.width)×\(picture.pointee.height)"
    )
    // The encoder may still hold the planes of the frame before.
    try check(av_frame_make_writable(picture), "picture")
    toYUV.convert(image, to: picture)
    picture.pointee.pts = frameCount
    picture.pointee.quality = codec.pointer.pointee.global_quality
    frameCount += 1
    try encode(picture)
  }

  func finish() throws(VideoEncodingError) -> [UInt8] {
    try encode(nil)
    try check(av_write_trailer(container.pointer), "trailer")
    var bytes: UnsafeMutablePointer<UInt8>?
    let count = avio_close_dyn_buf(container.pointer.pointee.pb, &bytes)
    container.pointer.pointee.pb = nil
    defer { av_free(bytes) }
    guard let bytes else { throw VideoEncodingError(step: "buffer", code: FW_ERROR_NO_MEMORY) }
    return Array(UnsafeBufferPointer(start: bytes, count: Int(count)))
  }

  /// Hands a frame to the encoder, or with nil its end, and writes what comes out.
  private func encode(_ frame: UnsafeMutablePointer<AVFrame>?) throws(VideoEncodingError) {
    try check(avcodec_send_frame(codec.pointer, frame), "frame \(frameCount)")
    while true {
      let code = avcodec_receive_packet(codec.pointer, packet.pointer)
      if code == FW_ERROR_TRY_AGAIN || code == FW_ERROR_END_OF_FILE { return }
      try check(code, "frame \(frameCount)")
      // The last frame of an MP4 lasts as long as its packet says, and no time at all where it says nothing.
      packet.pointer.pointee.duration = 1
      av_packet_rescale_ts(packet.pointer, codec.pointer.pointee.time_base, stream.pointee.time_base)
      try check(av_interleaved_write_frame(container.pointer, packet.pointer), "write")
    }
  }
}

/// RGB to YUV 4:2:0 with exact rounding, the same on every processor.
private final class ColorConversion {
  private let scaler: OpaquePointer

  init(width: Int32, height: Int32) throws(VideoEncodingError) {
    guard
      let scaler = sws_getContext(
        width, height, AV_PIX_FMT_RGB24, width, height, AV_PIX_FMT_YUV420P,
        SWS_BILINEAR | SWS_ACCURATE_RND | SWS_BITEXACT, nil, nil, nil)
    else { throw VideoEncodingError(step: "colours", code: FW_ERROR_NO_MEMORY) }
    self.scaler = scaler
  }

  deinit { sws_freeContext(scaler) }

  func convert(_ image: RGBImage, to picture: UnsafeMutablePointer<AVFrame>) {
    image.pixels.withUnsafeBufferPointer { pixels in
      let source: [UnsafePointer<UInt8>?] = [pixels.baseAddress, nil, nil, nil]
      let planes = picture.pointee.data
      let target = [planes.0, planes.1, planes.2, planes.3]
      let strides = picture.pointee.linesize
      _ = sws_scale(
        scaler, source, [Int32(image.width * 3), 0, 0, 0], 0, Int32(image.height), target,
        [strides.0, strides.1, strides.2, strides.3])
    }
  }
}

/// An object of libav's and the function that frees it.
private final class Owned<Object> {
  typealias Free = (UnsafeMutablePointer<UnsafeMutablePointer<Object>?>?) -> Void
  let pointer: UnsafeMutablePointer<Object>
  private let free: Free

  init(_ pointer: UnsafeMutablePointer<Object>?, _ step: String, free: @escaping Free)
    throws(VideoEncodingError)
  {
    guard let pointer else { throw VideoEncodingError(step: step, code: FW_ERROR_NO_MEMORY) }
    self.pointer = pointer
    self.free = free
  }

  deinit {
    var pointer: UnsafeMutablePointer<Object>? = pointer
    free(&pointer)
  }
}

private func freeContainer(_ container: UnsafeMutablePointer<UnsafeMutablePointer<AVFormatContext>?>?) {
  guard let pointer = container?.pointee else { return }
  if let buffer = pointer.pointee.pb {
    var bytes: UnsafeMutablePointer<UInt8>?
    avio_close_dyn_buf(buffer, &bytes)
    av_free(bytes)
  }
  avformat_free_context(pointer)
}

private func check(_ code: Int32, _ step: String) throws(VideoEncodingError) {
  if code < 0 { throw VideoEncodingError(step: step, code: code) }
}
