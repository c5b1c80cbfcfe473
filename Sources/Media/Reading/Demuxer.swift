import CFFmpeg
import Glibc
import SystemPackage

/// An open container and the one video stream of it that is read. Not Sendable.
final class Demuxer {
  /// How much of the file is looked at before its packets are read.
  enum Analysis {
    /// The header, if a decoder needs no more; that is quicker by far.
    case whereNeeded
    /// Also the first packets of every stream.
    case always
  }

  let file: LocalFile
  let context: UnsafeMutablePointer<AVFormatContext>
  let stream: UnsafeMutablePointer<AVStream>
  private let input: UnsafeMutablePointer<AVIOContext>
  private var isAnalysed = false
  /// Nil for a container whose times do not break.
  private var clock: ContinuousTime?

  /// - Throws: `notMedia`, `noVideoStream`, `undecodable` (the header), `timeout`.
  init(_ file: LocalFile, analysis: Analysis) throws(MediaError) {
    self.file = file
    guard let input = file.makeInput() else { throw MediaError(.memory, file.path) }
    var context: UnsafeMutablePointer<AVFormatContext>?
    do throws(MediaError) {
      let format = try Self.format(of: input, file)
      context = try Self.open(format, input, file)
      guard let opened = context else { throw MediaError(.memory, file.path) }
      if analysis == .whereNeeded, let told = Self.streamToldByHeader(of: opened) {
        stream = told
        // The packets as the container has them.
        opened.pointee.flags |= AVFMT_FLAG_NOPARSE | AVFMT_FLAG_NOFILLIN
      } else {
        try Self.analyse(opened, file)
        isAnalysed = true
        stream = try Self.chooseStream(of: opened, file.path)
      }
      self.context = opened
      self.input = input
      discardOtherStreams()
      if hasBreaks { clock = ContinuousTime(stream) }
    } catch {
      avformat_close_input(&context)
      LocalFile.free(input)
      throw error
    }
  }

  deinit {
    var context: UnsafeMutablePointer<AVFormatContext>? = context
    avformat_close_input(&context)
    LocalFile.free(input)
  }

  /// Reads the next packet of any stream; false at the end of what can be read.
  func read(into packet: UnsafeMutablePointer<AVPacket>) throws(MediaError) -> Bool {
    let status = av_read_frame(context, packet)
    if status < 0 && file.isOverdue { throw MediaError(.timeout, file.path) }
    // A part that memory was lacking for is not a part that the file lacks.
    if status == FW_ERROR_NO_MEMORY { throw MediaError(.memory, file.path) }
    if status < 0 && status != FW_ERROR_END_OF_FILE { endedBadly = true }
    guard status >= 0 else { return false }
    if packet.pointee.stream_index == stream.pointee.index {
      clock?.correct(packet)
    } else if let other = context.pointee.streams[Int(packet.pointee.stream_index)] {
      clock?.note(packet, of: other)
    }
    return true
  }

  /// What was added to the last packet's own times, in the stream's units, so that times go on where its clock breaks.
  var timeOffset: Int64 { clock?.offset ?? 0 }

  /// Whether times may begin anew within the file: libavformat says so of some containers, and it is so in Flash Video,
  /// which takes a recorder's clock as it is.
  private var hasBreaks: Bool {
    context.pointee.iformat.pointee.flags & AVFMT_TS_DISCONT != 0 || containerNames.contains("flv")
  }

  /// Reading ended with an error instead of the end of the file.
  private(set) var endedBadly = false

  /// Seconds, where the header's word on it is to be believed.
  var announcedDuration: Double? {
    guard !Containers.withKnownEnd.isDisjoint(with: containerNames), context.pointee.duration != FW_NO_TIME,
      !isAnalysed || context.pointee.duration_estimation_method == AVFMT_DURATION_FROM_STREAM
    else { return nil }
    return Double(context.pointee.duration) / Double(AV_TIME_BASE)
  }

  /// Seconds, where the container says how many; nil where it does not, or where that was guessed from its size.
  var statedDuration: Double? {
    guard context.pointee.duration != FW_NO_TIME,
      context.pointee.duration_estimation_method != AVFMT_DURATION_FROM_BITRATE
    else { return nil }
    return Double(context.pointee.duration) / Double(AV_TIME_BASE)
  }

  var containerNames: [String] { Containers.names(of: context.pointee.iformat) }

  /// Whether to go through the file would take a good part of the time that a video has.
  func isLong(by options: VideoReader.Options) -> Bool {
    let seconds = Double(context.pointee.duration) / Double(AV_TIME_BASE)
    return file.size > options.largeFile || seconds > options.longVideo
  }

  // MARK: - Opening

  private static func format(
    of input: UnsafeMutablePointer<AVIOContext>, _ file: LocalFile
  ) throws(MediaError) -> UnsafePointer<AVInputFormat> {
    var format: UnsafePointer<AVInputFormat>?
    let score = av_probe_input_buffer2(input, &format, "", nil, 0, 0)
    if file.isOverdue { throw MediaError(.timeout, file.path) }
    guard score >= 0, let format else { throw MediaError(.notMedia, file.path, "no known container") }
    let names = Containers.names(of: format)
    if !Containers.withVideo.isDisjoint(with: names) { return format }
    guard Containers.soundOnly.isDisjoint(with: names) else {
      throw MediaError(.noVideoStream, file.path, "a sound file (\(names[0]))")
    }
    throw MediaError(.notMedia, file.path, "looks like \(names[0]), which is not read")
  }

  private static func open(
    _ format: UnsafePointer<AVInputFormat>, _ input: UnsafeMutablePointer<AVIOContext>, _ file: LocalFile
  ) throws(MediaError) -> UnsafeMutablePointer<AVFormatContext>? {
    guard let context = avformat_alloc_context() else { return nil }
    context.pointee.pb = input
    context.pointee.flags |= AVFMT_FLAG_CUSTOM_IO
    context.pointee.interrupt_callback = file.interruption
    // Whatever a container asks for besides its own bytes (external tracks, key files), it does not get.
    context.pointee.io_open = { _, _, _, _, _ in FW_ERROR_NOT_PERMITTED }
    context.pointee.max_streams = 64
    var options: OpaquePointer?
    defer { av_dict_free(&options) }
    av_dict_set(&options, "protocol_whitelist", "none", 0)

    var opened: UnsafeMutablePointer<AVFormatContext>? = context
    // Frees the context itself when it fails.
    let status = avformat_open_input(&opened, "", format, &options)
    guard status == 0, let usable = opened else {
      throw failure(status, file, "the \(Containers.names(of: format)[0]) header is damaged or missing")
    }
    return usable
  }

  private static func analyse(
    _ context: UnsafeMutablePointer<AVFormatContext>, _ file: LocalFile
  ) throws(MediaError) {
    let status = avformat_find_stream_info(context, nil)
    guard status >= 0, !file.isOverdue else { throw failure(status, file, "its streams cannot be analysed") }
  }

  /// What a step of opening that failed with `status` says of the file.
  private static func failure(_ status: Int32, _ file: LocalFile, _ problem: String) -> MediaError {
    if file.isOverdue { return MediaError(.timeout, file.path) }
    if status == FW_ERROR_NO_MEMORY { return MediaError(.memory, file.path) }
    return MediaError(.undecodable, file.path, problem)
  }

  /// The stream to read if the header says all about it; nil otherwise, also if there is none.
  private static func streamToldByHeader(
    of context: UnsafeMutablePointer<AVFormatContext>
  ) -> UnsafeMutablePointer<AVStream>? {
    guard !Containers.withFullHeader.isDisjoint(with: Containers.names(of: context.pointee.iformat)),
      let stream = try? chooseStream(of: context, ""), let codec = stream.pointee.codecpar,
      codec.pointee.width > 0, codec.pointee.height > 0
    else { return nil }
    let needsParameters: Bool
    switch codec.pointee.codec_id {
    case AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_MPEG4, AV_CODEC_ID_AV1: needsParameters = true
    case AV_CODEC_ID_VP8, AV_CODEC_ID_VP9: needsParameters = false
    default: return nil
    }
    return needsParameters && codec.pointee.extradata_size <= 0 ? nil : stream
  }

  /// Sound is not even read, unless its end tells whether the file is whole.
  private func discardOtherStreams() {
    guard Containers.withKnownEnd.isDisjoint(with: containerNames) else { return }
    for number in 0..<Int(context.pointee.nb_streams) where context.pointee.streams[number] != stream {
      context.pointee.streams[number]?.pointee.discard = AVDISCARD_ALL
    }
  }

  /// Among the moving pictures: those marked as default, then the largest, then the first. A cover picture is
  /// never one of them.
  private static func chooseStream(
    of context: UnsafeMutablePointer<AVFormatContext>, _ path: FilePath
  ) throws(MediaError) -> UnsafeMutablePointer<AVStream> {
    guard context.pointee.nb_streams > 0 else {
      throw MediaError(.undecodable, path, "there is no stream in it")
    }
    let still = AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS
    let videos = (0..<Int(context.pointee.nb_streams)).compactMap { context.pointee.streams[$0] }
      .filter {
        $0.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_VIDEO && $0.pointee.disposition & still == 0
      }
    let rank = { (stream: UnsafeMutablePointer<AVStream>) -> (Int, Int) in
      let codec = stream.pointee.codecpar.pointee
      return (Int(stream.pointee.disposition & AV_DISPOSITION_DEFAULT), Int(codec.width) * Int(codec.height))
    }
    guard var best = videos.first else { throw MediaError(.noVideoStream, path) }
    for stream in videos.dropFirst() where rank(stream) > rank(best) { best = stream }
    return best
  }
}
