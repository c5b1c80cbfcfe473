import CFFmpeg

/// Takes pictures out of a full decode of one video: keeps the last frame seen until it is known which moments
/// it stands for.
struct SequentialReading: ~Copyable {
  private let demuxer: Demuxer
  private let frames: SequentialFrames
  private let codecName: String
  private let survey: Survey
  private let options: VideoReader.Options
  private let pictures: PictureMaker
  private var clock: FrameClock
  /// The frame that is on the screen, and since when.
  private let shown: UnsafeMutablePointer<AVFrame>
  private var shownTime: Double?
  private var source: VideoReader.Source?

  init(_ demuxer: Demuxer, _ survey: Survey, _ options: VideoReader.Options) throws(MediaError) {
    try PictureMaker.check(demuxer, options)
    let decoder = try VideoDecoder(demuxer, pixelLimit: options.pixelLimit)
    let frames = try SequentialFrames(demuxer, decoder)
    guard let shown = av_frame_alloc() else {
      throw MediaError(.memory, demuxer.file.path)
    }
    self.demuxer = demuxer
    self.frames = frames
    self.survey = survey
    self.options = options
    self.shown = shown
    codecName = decoder.codecName
    pictures = PictureMaker(demuxer, options)
    clock = FrameClock(demuxer.stream)
  }

  deinit {
    var shown: UnsafeMutablePointer<AVFrame>? = shown
    av_frame_free(&shown)
  }

  mutating func run<Taken>(
    _ take: (VideoReader.Frame) throws(MediaError) -> Taken
  ) throws(MediaError) -> (outcome: VideoReader.Outcome, taken: [Taken]) {
    var moments: ArraySlice<Double> = []
    var taken: [Taken] = []
    // What was taken of the frame that is on the screen, once a moment has asked for it.
    var current: Taken?
    while let frame = try frames.next() {
      let time = clock.time(of: frame)
      if shownTime == nil {
        moments = plan()[...]
        source = pictures.source(
          frame, codec: codecName, lastFrame: clock.lastFrame(by: survey), survey: survey)
      }
      while let moment = moments.first, moment < time - SamplingPlan.tolerance {
        taken.append(try takeShown(&current, take))
        moments.removeFirst()
      }
      if moments.isEmpty { break }
      av_frame_unref(shown)
      av_frame_move_ref(shown, frame)
      (shownTime, current) = (time, nil)
    }
    guard let shownTime, let source else {
      throw MediaError(.undecodable, demuxer.file.path, survey.defect ?? "not one frame can be decoded")
    }
    let defect = survey.defect ?? (frames.metDamage ? "some frames are damaged" : nil)
    for moment in moments {
      // The last frame stays on the screen, unless what follows it is missing.
      if defect != nil && moment > shownTime + SamplingPlan.tolerance { break }
      taken.append(try takeShown(&current, take))
    }
    return (
      VideoReader.Outcome(
        source: source, mode: .exact, defect: defect, decodedPackets: frames.decodedPackets), taken
    )
  }

  private func plan() -> [Double] {
    SamplingPlan(
      lastFrame: clock.lastFrame(by: survey), framesPerSecond: options.framesPerSecond,
      maximumFrames: options.maximumFrames
    ).moments
  }

  private func takeShown<Taken>(
    _ current: inout Taken?, _ take: (VideoReader.Frame) throws(MediaError) -> Taken
  ) throws(MediaError) -> Taken {
    if let current { return current }
    let taken = try take(VideoReader.Frame(time: shownTime ?? 0, picture: pictures.picture(of: shown)))
    current = taken
    return taken
  }
}
