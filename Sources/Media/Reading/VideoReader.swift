import CFFmpeg
package import Images
package import SystemPackage

/// Takes pictures out of a video file at regular moments. Safe from any thread; each call stands alone.
///
/// See `docs/media.md` for which frames are taken and which files are read.
package enum VideoReader {
  /// Which frame stands for a moment.
  package enum Mode: String, Sendable, Codable, CaseIterable {
    /// The one on the screen, exactly as a full decode shows it.
    case exact
    /// The nearest that can be decoded alone, each once.
    case keyframes
  }

  package struct Options: Sendable, Equatable, Codable {
    package var framesPerSecond = 1.0
    /// A longer video gives this many frames, spread over all of it.
    package var maximumFrames = 32
    /// Short side of the pictures in pixels, as displayed.
    package var shortSide = 256
    package var mode = Mode.exact
    /// Wall-clock time for one video.
    package var timeLimit: Duration = .seconds(120)
    /// Stored pictures with a longer side or more pixels are not decoded. The highest levels of H.264 and HEVC have
    /// 35.7 million.
    package var sideLimit = 16_384
    package var pixelLimit = 36_000_000
    /// Packets that are noted, each with 24 bytes: a day at 48 frames a second. More are decoded from beginning to end,
    /// or of keyframes only these are noted.
    package var packetLimit = 1 << 22
    /// Bytes of packets that are kept in memory; a file with more is read twice.
    package var packetBytes = 64 << 20
    /// A video of more seconds, or a file of more bytes, is not gone through if its index leads to the frames.
    package var longVideo = 4 * 3600.0
    package var largeFile = 4 << 30
    /// A video of more seconds by what its container says is not read; nil reads any.
    package var longest: Double?

    package init() {}
  }

  /// What the file says of itself.
  package struct Source: Sendable, Equatable {
    /// Of the stored picture, before it is turned and its pixels are made square.
    package var width: Int
    package var height: Int
    /// libavcodec's name, such as `h264`.
    package var codec: String
    /// libavformat's name, such as `matroska`.
    package var container: String
    /// Degrees clockwise that stored pictures were turned by, after mirroring where the file asks for that.
    package var rotation: Int
    /// From the first frame to the end of the last one, in seconds, as measured on the packets.
    package var duration: Double
  }

  package struct Outcome: Sendable, Equatable {
    package var source: Source
    /// How the frames were chosen: `exact` also where keyframes were asked for and could not be told.
    package var mode: Mode
    /// What is wrong with a video that gave some frames, but not all; nil for a good one.
    package var defect: String?
    /// How many packets went through the decoder.
    package var decodedPackets: Int
  }

  /// One picture and when it appears, in seconds after the first frame.
  package struct Frame: Sendable, Equatable {
    package var time: Double
    package var picture: Picture
  }

  /// Reads one video and returns what `take` makes of its pictures, in order of time; only one picture is held at a
  /// time.
  ///
  /// - Parameter take: called once for each frame, even if it stands for several moments. All calls are made
  ///   again if it turns out on the way that the video has to be decoded in full.
  /// - Returns: at least one result, and as many of a frame as it stands for moments.
  package static func read<Taken>(
    _ path: FilePath, options: Options = Options(), take: (Frame) throws(MediaError) -> Taken
  ) throws(MediaError) -> (outcome: Outcome, taken: [Taken]) {
    try read(open(path), path: path, options: options, take: take)
  }

  /// Opens the file without reading it, for the other `read`, in this process or another one.
  package static func open(_ path: FilePath) throws(MediaError) -> FileDescriptor { try LocalFile.open(path) }

  /// As the other `read`, from a file that is open already; nothing is opened here.
  ///
  /// - Parameters:
  ///   - descriptor: closed at the end, whatever it is.
  ///   - path: only names the file in errors.
  package static func read<Taken>(
    _ descriptor: FileDescriptor, path: FilePath, options: Options = Options(),
    take: (Frame) throws(MediaError) -> Taken
  ) throws(MediaError) -> (outcome: Outcome, taken: [Taken]) {
    quietly()
    let file = try LocalFile(descriptor, path: path, deadline: Deadline(after: options.timeLimit))
    var demuxer = try Demuxer(file, analysis: .whereNeeded)
    if let longest = options.longest, let stated = demuxer.statedDuration, stated > longest {
      throw MediaError(
        .tooLong, path, "it says that it has \(Int(stated.rounded(.up))) seconds, the limit is \(longest)")
    }
    if demuxer.isLong(by: options) {
      if let result = try readByIndex(file, options, take: take) { return result }
      demuxer = try Demuxer(file, analysis: .whereNeeded)
    }
    let survey = try Survey(of: demuxer, options)
    for mode in options.mode == .exact ? [Mode.exact] : [.keyframes, .exact] {
      if let result = try readSelectively(demuxer, survey, options, mode: mode, take: take) { return result }
    }
    return try readSequentially(file, survey, options, take: take)
  }

  /// Nil for a video that has to be decoded in full.
  static func readSelectively<Taken>(
    _ demuxer: Demuxer, _ survey: Survey, _ options: Options, mode: Mode,
    take: (Frame) throws(MediaError) -> Taken
  ) throws(MediaError) -> (outcome: Outcome, taken: [Taken])? {
    let again = { () throws(MediaError) in try Demuxer(demuxer.file, analysis: .whereNeeded) }
    guard var reading = try SelectiveReading(demuxer, survey, options, mode: mode, reopened: again) else {
      return nil
    }
    return try reading.run(take)
  }

  /// Nil for a video whose index does not lead to its frames, or is not to be trusted.
  static func readByIndex<Taken>(
    _ file: LocalFile, _ options: Options, take: (Frame) throws(MediaError) -> Taken
  ) throws(MediaError) -> (outcome: Outcome, taken: [Taken])? {
    guard var reading = try IndexedReading(Demuxer(file, analysis: .always), options) else { return nil }
    return try reading.run(take)
  }

  static func readSequentially<Taken>(
    _ file: LocalFile, _ survey: Survey, _ options: Options, take: (Frame) throws(MediaError) -> Taken
  ) throws(MediaError) -> (outcome: Outcome, taken: [Taken]) {
    var reading = try SequentialReading(Demuxer(file, analysis: .always), survey, options)
    return try reading.run(take)
  }

  /// libav writes to standard error what hostile files make it say; nobody needs it there.
  private static let silence: Void = av_log_set_level(AV_LOG_QUIET)

  static func quietly() { _ = silence }
}
