import CFFmpeg
package import Images
package import SystemPackage

/// Takes pictures out of a video file at regular moments. Safe from any thread; each call stands alone.
///
/// See `docs/media.md` for which frames are taken and which files are read.
package enum VideoReader {
  package struct Options: Sendable {
    package var framesPerSecond = 1.0
    /// A longer video gives this many frames, spread over all of it.
    package var maximumFrames = 32
    /// Short side of the pictures in pixels, as displayed.
    package var shortSide = 256
    /// Wall-clock time for one video.
    package var timeLimit: Duration = .seconds(120)
    /// Stored pictures with a longer side or more pixels are not decoded.
    package var sideLimit = 16_384
    package var pixelLimit = 100_000_000

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
    /// What is wrong with a video that gave some frames, but not all; nil for a good one.
    package var defect: String?
  }

  /// One picture and when it appears, in seconds after the first frame.
  package struct Frame: Sendable, Equatable {
    package var time: Double
    package var picture: RGBImage
  }

  /// Reads the file once from end to end, handing over the pictures in order of time as they come; only one is
  /// held at a time.
  ///
  /// - Parameter take: at least one call if nothing is thrown. A frame that stands for several moments comes
  ///   as many times.
  /// - Throws: `MediaError`; what `take` was given before is then of no value.
  package static func read(
    _ path: FilePath, options: Options = Options(), take: (Frame) throws(MediaError) -> Void
  ) throws(MediaError) -> Outcome {
    quietly()
    let file = try LocalFile(path, deadline: Deadline(after: options.timeLimit))
    let survey = try Survey(of: Demuxer(file))
    var reading = try Reading(Demuxer(file), survey, options)
    return try reading.run(take)
  }

  /// libav writes to standard error what hostile files make it say; nobody needs it there.
  private static let silence: Void = av_log_set_level(AV_LOG_QUIET)

  static func quietly() { _ = silence }
}
