import CFFmpeg
import Glibc
import SystemPackage

/// An open container and the one video stream of it that is read. Not Sendable.
final class Demuxer {
  let file: LocalFile
  let context: UnsafeMutablePointer<AVFormatContext>
  let stream: UnsafeMutablePointer<AVStream>
  private let input: UnsafeMutablePointer<AVIOContext>

  /// - Throws: `notMedia`, `noVideoStream`, `undecodable` (the header), `timeout`.
  init(_ file: LocalFile) throws(MediaError) {
    self.file = file
    guard let input = file.makeInput() else { throw MediaError(.undecodable, file.path, "out of memory") }
    var context: UnsafeMutablePointer<AVFormatContext>?
    do throws(MediaError) {
      let format = try Self.format(of: input, file)
      context = try Self.open(format, input, file)
      guard let opened = context else { throw MediaError(.undecodable, file.path, "out of memory") }
      stream = try Self.chooseStream(of: opened, file.path)
      self.context = opened
      self.input = input
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
    if status < 0 && status != FW_ERROR_END_OF_FILE { endedBadly = true }
    return status >= 0
  }

  /// Reading ended with an error instead of the end of the file.
  private(set) var endedBadly = false

  var containerNames: [String] { Containers.names(of: context.pointee.iformat) }

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
    guard var context = avformat_alloc_context() else { return nil }
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
    guard avformat_open_input(&opened, "", format, &options) == 0, let usable = opened else {
      throw file.isOverdue
        ? MediaError(.timeout, file.path)
        : MediaError(
          .undecodable, file.path, "the \(Containers.names(of: format)[0]) header is damaged or missing")
    }
    context = usable
    guard avformat_find_stream_info(context, nil) >= 0, !file.isOverdue else {
      avformat_close_input(&opened)
      throw MediaError(file.isOverdue ? .timeout : .undecodable, file.path, "its streams cannot be analysed")
    }
    return context
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
