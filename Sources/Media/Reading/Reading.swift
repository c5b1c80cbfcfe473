import CFFmpeg
import SystemPackage

/// One pass over one video: keeps the last frame seen until it is known which moments it stands for.
struct Reading: ~Copyable {
  private let demuxer: Demuxer
  private let decoder: VideoDecoder
  private let survey: Survey
  private let options: VideoReader.Options
  private let scaler: FrameScaler
  private var clock: FrameClock
  /// The frame that is on the screen, and since when.
  private let shown: UnsafeMutablePointer<AVFrame>
  private var shownTime: Double?
  /// The picture of `shown`, once a moment has asked for it.
  private var picture: VideoReader.Frame?
  private var source: VideoReader.Source?

  init(_ demuxer: Demuxer, _ survey: Survey, _ options: VideoReader.Options) throws(MediaError) {
    let codec = demuxer.stream.pointee.codecpar.pointee
    let (width, height) = (Int(codec.width), Int(codec.height))
    guard max(width, height) <= options.sideLimit, width * height <= options.pixelLimit else {
      throw MediaError(.tooLarge, demuxer.file.path, "\(width)×\(height)")
    }
    guard let shown = av_frame_alloc() else {
      throw MediaError(.undecodable, demuxer.file.path, "out of memory")
    }
    do throws(MediaError) { decoder = try VideoDecoder(demuxer, pixelLimit: options.pixelLimit) } catch {
      var shown: UnsafeMutablePointer<AVFrame>? = shown
      av_frame_free(&shown)
      throw error
    }
    self.demuxer = demuxer
    self.survey = survey
    self.options = options
    self.shown = shown
    scaler = FrameScaler(shortSide: options.shortSide)
    clock = FrameClock(demuxer.stream)
  }

  deinit {
    var shown: UnsafeMutablePointer<AVFrame>? = shown
    av_frame_free(&shown)
  }

  mutating func run(
    _ take: (VideoReader.Frame) throws(MediaError) -> Void
  ) throws(MediaError) -> VideoReader.Outcome {
    var moments: ArraySlice<Double> = []
    while let frame = try decoder.next() {
      let time = clock.time(of: frame)
      if shownTime == nil {
        moments = plan()[...]
        describe(frame)
      }
      while let moment = moments.first, moment < time - SamplingPlan.tolerance {
        try take(shownPicture())
        moments.removeFirst()
      }
      if moments.isEmpty { break }
      av_frame_unref(shown)
      av_frame_move_ref(shown, frame)
      (shownTime, picture) = (time, nil)
    }
    guard let shownTime, let source else {
      throw MediaError(.undecodable, demuxer.file.path, survey.defect ?? "not one frame can be decoded")
    }
    let defect = survey.defect ?? (decoder.metDamage ? "some frames are damaged" : nil)
    for moment in moments {
      // The last frame stays on the screen, unless what follows it is missing.
      if defect != nil && moment > shownTime + SamplingPlan.tolerance { break }
      try take(shownPicture())
    }
    return VideoReader.Outcome(source: source, defect: defect)
  }

  private func plan() -> [Double] {
    SamplingPlan(
      lastFrame: clock.lastFrame(by: survey), framesPerSecond: options.framesPerSecond,
      maximumFrames: options.maximumFrames
    ).moments
  }

  private func geometry(of frame: UnsafeMutablePointer<AVFrame>) -> DisplayGeometry {
    DisplayGeometry(
      matrix: fw_display_matrix(demuxer.stream),
      pixelAspect: av_guess_sample_aspect_ratio(demuxer.context, demuxer.stream, frame))
  }

  private mutating func describe(_ frame: UnsafeMutablePointer<AVFrame>) {
    source = VideoReader.Source(
      width: Int(frame.pointee.width), height: Int(frame.pointee.height), codec: decoder.codecName,
      container: demuxer.containerNames[0], rotation: geometry(of: frame).rotation,
      duration: max(0, clock.lastFrame(by: survey)) + clock.period)
  }

  private mutating func shownPicture() throws(MediaError) -> VideoReader.Frame {
    if let picture { return picture }
    guard let shownTime, max(shown.pointee.width, shown.pointee.height) <= Int32(options.sideLimit) else {
      throw MediaError(.tooLarge, demuxer.file.path, "\(shown.pointee.width)×\(shown.pointee.height)")
    }
    guard let scaled = scaler.picture(of: shown, shownAs: geometry(of: shown)) else {
      let name = av_get_pix_fmt_name(AVPixelFormat(shown.pointee.format)).map { String(cString: $0) }
      throw MediaError(
        .undecodable, demuxer.file.path, "frames of \(name ?? "unknown format") cannot be converted")
    }
    let frame = VideoReader.Frame(time: shownTime, picture: scaled)
    picture = frame
    return frame
  }
}
