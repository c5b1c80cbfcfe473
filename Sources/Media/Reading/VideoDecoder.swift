import CFFmpeg

/// The frames of a demuxer's video stream, one after the other in order of presentation. Not Sendable.
///
/// One thread: extraction runs a reader on every core, and threads inside a decoder would only add waiting.
final class VideoDecoder {
  private let demuxer: Demuxer
  private let context: UnsafeMutablePointer<AVCodecContext>
  private let packet: UnsafeMutablePointer<AVPacket>
  private let frame: UnsafeMutablePointer<AVFrame>
  private var isDraining = false
  /// The stream had parts that could not be decoded; they are left out.
  private(set) var metDamage = false

  /// - Parameter pixelLimit: larger pictures are refused by the decoder before it allocates them.
  init(_ demuxer: Demuxer, pixelLimit: Int) throws(MediaError) {
    self.demuxer = demuxer
    let parameters = demuxer.stream.pointee.codecpar
    let path = demuxer.file.path
    let name = parameters.map { String(cString: avcodec_get_name($0.pointee.codec_id)) } ?? "unknown"
    guard let parameters, let codec = avcodec_find_decoder(parameters.pointee.codec_id) else {
      throw MediaError(.undecodable, path, "no decoder for \(name)")
    }
    var context = avcodec_alloc_context3(codec)
    var packet = av_packet_alloc()
    var frame = av_frame_alloc()
    guard let openContext = context, let openPacket = packet, let openFrame = frame else {
      avcodec_free_context(&context)
      av_packet_free(&packet)
      av_frame_free(&frame)
      throw MediaError(.undecodable, path, "out of memory")
    }
    openContext.pointee.thread_count = 1
    openContext.pointee.max_pixels = Int64(pixelLimit)
    openContext.pointee.pkt_timebase = demuxer.stream.pointee.time_base
    guard avcodec_parameters_to_context(openContext, parameters) >= 0,
      avcodec_open2(openContext, codec, nil) == 0
    else {
      avcodec_free_context(&context)
      av_packet_free(&packet)
      av_frame_free(&frame)
      throw MediaError(.undecodable, path, "the \(name) decoder refuses the stream")
    }
    self.context = openContext
    self.packet = openPacket
    self.frame = openFrame
  }

  deinit {
    var context: UnsafeMutablePointer<AVCodecContext>? = context
    var packet: UnsafeMutablePointer<AVPacket>? = packet
    var frame: UnsafeMutablePointer<AVFrame>? = frame
    avcodec_free_context(&context)
    av_packet_free(&packet)
    av_frame_free(&frame)
  }

  var codecName: String { String(cString: avcodec_get_name(context.pointee.codec_id)) }

  /// The next whole frame, good until the next call; nil after the last one.
  func next() throws(MediaError) -> UnsafeMutablePointer<AVFrame>? {
    while true {
      if demuxer.file.isOverdue { throw MediaError(.timeout, demuxer.file.path) }
      switch avcodec_receive_frame(context, frame) {
      case 0:
        // A frame patched up from its neighbours is not what the video shows.
        if frame.pointee.flags & AV_FRAME_FLAG_CORRUPT == 0 && frame.pointee.decode_error_flags == 0 {
          return frame
        }
        metDamage = true
      case FW_ERROR_TRY_AGAIN:
        try feed()
      case FW_ERROR_END_OF_FILE:
        return nil
      case FW_ERROR_NO_MEMORY:
        throw MediaError(.undecodable, demuxer.file.path, "out of memory")
      default:
        metDamage = true
        if isDraining { return nil }
        try feed()
      }
    }
  }

  /// Gives the decoder the next packet of the stream, or tells it that there are no more.
  private func feed() throws(MediaError) {
    while try demuxer.read(into: packet) {
      defer { av_packet_unref(packet) }
      guard packet.pointee.stream_index == demuxer.stream.pointee.index else { continue }
      // A packet that is cut short decodes to half a frame, with no error where the codec fills gaps.
      guard packet.pointee.flags & AV_PKT_FLAG_CORRUPT == 0, avcodec_send_packet(context, packet) == 0 else {
        metDamage = true
        continue
      }
      return
    }
    isDraining = true
    avcodec_send_packet(context, nil)
  }
}
