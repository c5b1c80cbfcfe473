import CFFmpeg
import Foundation
import SystemPackage
import Testing

/// A video of moving shapes and noise as an encoder of libavcodec makes it, so that a frame decoded from wrong
/// neighbours looks different. Encoders that the machine lacks are passed over.
struct EncodedVideo: Sendable, CustomTestStringConvertible {
  /// libavcodec's name of the encoder.
  var encoder: String
  /// The file's extension, which names the container.
  var container = "mp4"
  var options: [String: String] = [:]
  var keyframeDistance: Int32 = 12
  var bFrames: Int32 = 0
  var format = AV_PIX_FMT_YUV420P
  /// Frames come at regular times, or at times that jump about.
  var isRegular = true
  var frames: Int64 = 50
  /// Time of the first frame, in hundredths of a second.
  var start: Int64 = 0
  /// How many keyframes are left out at the beginning, with all that comes before the next.
  var skippedKeyframes = 0
  /// How many packets are left out at the beginning.
  var skippedPackets = 0
  /// Luma and colour differences of all pixels, of the rows 0, 2, 4 …, instead of shapes and noise.
  var colour: [Int]?
  /// Luma of the rows 1, 3, 5 …, where there is a colour.
  var lumaBetween: Int?
  /// Which rows were taken first, of a video of fields.
  var isTopFirst: Bool?

  var testDescription: String {
    "\(encoder) in \(container), \(bFrames) B frames, \(options.sorted { $0.key < $1.key }.map { "\($0)=\($1)" })"
  }

  static let (width, height) = (Int32(112), Int32(80))
  static let framesPerSecond: Int32 = 10

  /// Writes the file. False when there is no such encoder.
  func write(to path: FilePath) -> Bool {
    guard let codec = avcodec_find_encoder_by_name(encoder) else { return false }
    av_log_set_level(AV_LOG_QUIET)
    var muxer: UnsafeMutablePointer<AVFormatContext>?
    guard avformat_alloc_output_context2(&muxer, nil, nil, path.string) >= 0, let muxer,
      let stream = avformat_new_stream(muxer, nil), let context = avcodec_alloc_context3(codec)
    else { return false }
    var owned: UnsafeMutablePointer<AVCodecContext>? = context
    defer {
      avcodec_free_context(&owned)
      avio_closep(&muxer.pointee.pb)
      avformat_free_context(muxer)
    }
    (context.pointee.width, context.pointee.height) = (Self.width, Self.height)
    context.pointee.pix_fmt = format
    context.pointee.time_base = AVRational(num: 1, den: Self.framesPerSecond * 10)
    context.pointee.framerate = AVRational(num: Self.framesPerSecond, den: 1)
    context.pointee.gop_size = keyframeDistance
    context.pointee.max_b_frames = bFrames
    context.pointee.thread_count = 1
    context.pointee.bit_rate = 300_000
    context.pointee.flags |= AV_CODEC_FLAG_BITEXACT
    if muxer.pointee.oformat.pointee.flags & AVFMT_GLOBALHEADER != 0 {
      context.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER
    }
    var dictionary: OpaquePointer?
    defer { av_dict_free(&dictionary) }
    for (key, value) in options { av_dict_set(&dictionary, key, value, 0) }
    guard Self.keepingPriority({ avcodec_open2(context, codec, &dictionary) }) >= 0,
      avcodec_parameters_from_context(stream.pointee.codecpar, context) >= 0
    else { return false }
    stream.pointee.time_base = context.pointee.time_base
    guard avio_open(&muxer.pointee.pb, path.string, AVIO_FLAG_WRITE) >= 0,
      avformat_write_header(muxer, nil) >= 0
    else { return false }
    guard encode(context, into: muxer, stream) else { return false }
    return av_write_trailer(muxer) >= 0
  }

  /// SVT-AV1 gives the thread that opens it real-time priority where it may. It would stay on that thread, which
  /// is one of the pool's, and pass to every thread and program that is begun on it, until the machine stands still.
  private static func keepingPriority<Result>(_ body: () -> Result) -> Result {
    var policy: Int32 = 0
    var parameters = sched_param()
    pthread_getschedparam(pthread_self(), &policy, &parameters)
    defer { pthread_setschedparam(pthread_self(), policy, &parameters) }
    return body()
  }

  private func encode(
    _ context: UnsafeMutablePointer<AVCodecContext>, into muxer: UnsafeMutablePointer<AVFormatContext>,
    _ stream: UnsafeMutablePointer<AVStream>
  ) -> Bool {
    var frame = av_frame_alloc()
    var packet = av_packet_alloc()
    defer {
      av_frame_free(&frame)
      av_packet_free(&packet)
    }
    guard let frame, let packet else { return false }
    var (packets, keyframes) = (0, 0)
    (frame.pointee.width, frame.pointee.height) = (Self.width, Self.height)
    frame.pointee.format = format.rawValue
    guard av_frame_get_buffer(frame, 0) >= 0 else { return false }
    for number in 0...frames {
      if number < frames {
        guard av_frame_make_writable(frame) >= 0 else { return false }
        draw(number, on: frame)
        frame.pointee.pts = time(number)
        if let isTopFirst { fw_set_interlaced(frame, isTopFirst) }
      }
      guard avcodec_send_frame(context, number < frames ? frame : nil) >= 0 else { return false }
      while avcodec_receive_packet(context, packet) >= 0 {
        keyframes += packet.pointee.flags & AV_PKT_FLAG_KEY != 0 ? 1 : 0
        packets += 1
        guard keyframes > skippedKeyframes, packets > skippedPackets else {
          av_packet_unref(packet)
          continue
        }
        av_packet_rescale_ts(packet, context.pointee.time_base, stream.pointee.time_base)
        guard av_interleaved_write_frame(muxer, packet) >= 0 else { return false }
      }
    }
    return true
  }

  private func time(_ number: Int64) -> Int64 {
    start + (isRegular ? number * 10 : number * 10 + number * number % 7)
  }

  private func draw(_ number: Int64, on frame: UnsafeMutablePointer<AVFrame>) {
    let planes = [frame.pointee.data.0, frame.pointee.data.1, frame.pointee.data.2]
    let strides = [frame.pointee.linesize.0, frame.pointee.linesize.1, frame.pointee.linesize.2]
    var state = UInt32(truncatingIfNeeded: number) &* 2_654_435_761 | 1
    for plane in 0..<3 {
      guard let bytes = planes[plane] else { continue }
      let (width, height) = plane == 0 ? (Self.width, Self.height) : (Self.width / 2, Self.height / 2)
      for y in 0..<Int(height) {
        for x in 0..<Int(width) {
          state = state &* 1_664_525 &+ 1_013_904_223
          let shape = (x + 3 * Int(number)) % 40 < 20 ? 150 : 60 + plane * 20
          var value = shape + (y * 2 + Int(number) * 5) % 64 + Int(state >> 28)
          if let colour { value = plane == 0 && y % 2 == 1 ? lumaBetween ?? colour[0] : colour[plane] }
          if format == AV_PIX_FMT_YUV420P10LE {
            let word = UnsafeMutableRawPointer(bytes + y * Int(strides[plane])).assumingMemoryBound(
              to: UInt16.self)
            word[x] = UInt16(value * 4)
          } else {
            bytes[y * Int(strides[plane]) + x] = UInt8(truncatingIfNeeded: value)
          }
        }
      }
    }
  }
}
