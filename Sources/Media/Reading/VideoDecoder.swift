import CFFmpeg

/// libavcodec's decoder for a demuxer's video stream. Not Sendable.
///
/// One thread: extraction runs a reader on every core, and threads inside a decoder would only add waiting.
final class VideoDecoder {
  enum Output {
    /// Good until the next call.
    case frame(UnsafeMutablePointer<AVFrame>)
    /// A frame patched up from its neighbours.
    case damagedFrame
    /// The packet cannot be decoded.
    case failure
    case needsPacket
    /// There is nothing more to come.
    case end
  }

  private let demuxer: Demuxer
  private let context: UnsafeMutablePointer<AVCodecContext>
  private let frame: UnsafeMutablePointer<AVFrame>
  private var isDraining = false

  /// - Parameters:
  ///   - pixelLimit: larger pictures are refused by the decoder before it allocates them.
  ///   - reorderDelay: by how many packets frames come later than theirs, at least. Where a stream does not say it itself,
  ///     the H.264 decoder would find out by losing frames.
  init(_ demuxer: Demuxer, pixelLimit: Int, reorderDelay: Int = 0) throws(MediaError) {
    self.demuxer = demuxer
    let parameters = demuxer.stream.pointee.codecpar
    let path = demuxer.file.path
    let name = parameters.map { String(cString: avcodec_get_name($0.pointee.codec_id)) } ?? "unknown"
    guard let parameters, let codec = avcodec_find_decoder(parameters.pointee.codec_id) else {
      throw MediaError(.undecodable, path, "no decoder for \(name)")
    }
    var context = avcodec_alloc_context3(codec)
    var frame = av_frame_alloc()
    guard let openContext = context, let openFrame = frame else {
      avcodec_free_context(&context)
      av_frame_free(&frame)
      throw MediaError(.memory, path)
    }
    openContext.pointee.thread_count = 1
    openContext.pointee.max_pixels = Int64(pixelLimit)
    openContext.pointee.pkt_timebase = demuxer.stream.pointee.time_base
    let isUsable = avcodec_parameters_to_context(openContext, parameters) >= 0
    if codec.pointee.id == AV_CODEC_ID_H264 {
      openContext.pointee.has_b_frames = max(openContext.pointee.has_b_frames, Int32(reorderDelay))
    }
    guard isUsable, avcodec_open2(openContext, codec, nil) == 0 else {
      avcodec_free_context(&context)
      av_frame_free(&frame)
      throw MediaError(.undecodable, path, "the \(name) decoder refuses the stream")
    }
    self.context = openContext
    self.frame = openFrame
  }

  deinit {
    var context: UnsafeMutablePointer<AVCodecContext>? = context
    var frame: UnsafeMutablePointer<AVFrame>? = frame
    avcodec_free_context(&context)
    av_frame_free(&frame)
  }

  var codecName: String { String(cString: avcodec_get_name(context.pointee.codec_id)) }

  /// False when the decoder refuses the packet.
  ///
  /// - Precondition: `receive` asked for a packet, or was not called yet.
  func send(_ packet: UnsafeMutablePointer<AVPacket>) throws(MediaError) -> Bool {
    let status = avcodec_send_packet(context, packet)
    if status == FW_ERROR_NO_MEMORY { throw MediaError(.memory, demuxer.file.path) }
    return status == 0
  }

  /// There are no more packets: what the decoder still holds comes out.
  func drain() {
    isDraining = true
    avcodec_send_packet(context, nil)
  }

  /// Forgets all packets, to go on elsewhere in the stream.
  func reset() {
    isDraining = false
    avcodec_flush_buffers(context)
  }

  func receive() throws(MediaError) -> Output {
    if demuxer.file.isOverdue { throw MediaError(.timeout, demuxer.file.path) }
    switch avcodec_receive_frame(context, frame) {
    case 0:
      // A frame patched up from its neighbours is not what the video shows.
      let isGood = frame.pointee.flags & AV_FRAME_FLAG_CORRUPT == 0 && frame.pointee.decode_error_flags == 0
      return isGood ? .frame(frame) : .damagedFrame
    case FW_ERROR_TRY_AGAIN: return .needsPacket
    case FW_ERROR_END_OF_FILE: return .end
    case FW_ERROR_NO_MEMORY: throw MediaError(.memory, demuxer.file.path)
    default: return .failure
    }
  }
}
