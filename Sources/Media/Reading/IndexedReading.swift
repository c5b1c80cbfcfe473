import CFFmpeg

/// Takes pictures out of a video that is too long to be gone through: the container's index leads to the keyframe before
/// each moment, and decoding goes on from there.
///
/// What lies between is not read. The end is: it tells how long the video is, and whether the file is whole.
struct IndexedReading: ~Copyable {
  private let demuxer: Demuxer
  private let frames: IndexedFrames
  private let index: ContainerIndex
  private let pictures: PictureMaker
  private let mode: VideoReader.Mode
  private let timeline: Timeline
  private let source: VideoReader.Source
  private let moments: [Double]
  /// The frame that is on the screen at a moment, and the one after it; their times are `.min` where there is none.
  private var shown: OwnedFrame
  private var ahead: OwnedFrame

  /// Nil for a video that has to be gone through.
  ///
  /// - Parameter demuxer: analysed, and not read from yet.
  init?(_ demuxer: Demuxer, _ options: VideoReader.Options) throws(MediaError) {
    try PictureMaker.check(demuxer, options)
    guard let frames = try IndexedFrames(demuxer, options), let beginning = try frames.begin(),
      beginning.kind.isEntry, let first = try frames.next()
    else { return nil }
    let timeline = Timeline(
      origin: first.pointee.pts, secondsPerUnit: av_q2d(demuxer.stream.pointee.time_base))
    let ahead = try OwnedFrame(demuxer)
    ahead.take(first)
    guard let index = ContainerIndex(demuxer), demuxer.seek(to: .max >> 1) else { return nil }
    let survey = try Survey(of: demuxer, options, isWhole: false)
    guard survey.defect == nil, let last = survey.lastTime else { return nil }
    let pictures = PictureMaker(demuxer, options)
    let lastFrame = timeline.seconds(last)
    let source = pictures.source(ahead.frame, codec: frames.codecName, lastFrame: lastFrame, survey: survey)
    // The demuxer is elsewhere now.
    ahead.time = .min
    let shown = try OwnedFrame(demuxer)
    self.demuxer = demuxer
    self.frames = frames
    self.index = index
    self.pictures = pictures
    self.timeline = timeline
    self.source = source
    self.shown = shown
    self.ahead = ahead
    mode = options.mode
    moments =
      SamplingPlan(
        lastFrame: lastFrame, framesPerSecond: options.framesPerSecond, maximumFrames: options.maximumFrames
      ).moments
  }

  /// Nil when the video turned out to need more.
  mutating func run<Taken>(
    _ take: (VideoReader.Frame) throws(MediaError) -> Taken
  ) throws(MediaError) -> (outcome: VideoReader.Outcome, taken: [Taken])? {
    var taken: [Taken] = []
    var lastTime = Int64.min
    for moment in moments {
      guard try mode == .exact ? show(at: moment) : showKeyframe(nearest: moment) else { return nil }
      if let same = taken.last, shown.time == lastTime {
        // A keyframe is taken once only.
        if mode == .exact { taken.append(same) }
        continue
      }
      lastTime = shown.time
      taken.append(
        try take(
          VideoReader.Frame(
            time: timeline.seconds(shown.time), picture: pictures.picture(of: shown.frame))))
    }
    return (
      VideoReader.Outcome(source: source, mode: mode, defect: nil, decodedPackets: frames.decodedPackets),
      taken
    )
  }

  /// Has the frame in `shown` that is on the screen; false where that cannot be told.
  private mutating func show(at moment: Double) throws(MediaError) -> Bool {
    let stamp = timeline.stamp(moment + SamplingPlan.tolerance)
    if let entry = index.keyframe(before: stamp), entry > max(shown.time, ahead.time) {
      (shown.time, ahead.time) = (.min, .min)
      guard try begin(before: stamp, alone: false) != nil else { return false }
    }
    while true {
      if ahead.time == .min {
        guard let frame = try frames.next() else { break }
        ahead.take(frame)
      }
      if ahead.time > stamp { break }
      swap(&shown, &ahead)
      ahead.time = .min
    }
    return !frames.isDoubtful && shown.time != .min
  }

  /// Has the keyframe in `shown` that is nearest, of two the earlier; false where that cannot be told.
  private mutating func showKeyframe(nearest moment: Double) throws(MediaError) -> Bool {
    let stamp = timeline.stamp(moment)
    guard let earlier = try begin(before: stamp, alone: true) else { return false }
    var chosen = earlier
    if let place = index.keyframe(after: index.time(of: earlier)) {
      guard let later = try begin(at: place), later.kind.isDecodedAlone, later.isShown else { return false }
      let distances = [earlier, later].map { [timeline] in abs(timeline.seconds($0.time) - moment) }
      if distances[1] < distances[0] { chosen = later }
    }
    if chosen.time == shown.time { return true }
    guard try begin(at: index.time(of: chosen)) != nil, let frame = try frames.alone(),
      frame.pointee.pts == chosen.time
    else { return false }
    shown.take(frame)
    return true
  }

  /// Goes to the last keyframe that is shown at `time` or before.
  ///
  /// - Parameter alone: what follows it does not matter.
  private func begin(
    before time: Int64, alone: Bool
  ) throws(MediaError) -> IndexedFrames.Beginning? {
    var place = index.keyframe(before: time)
    while let current = place, let beginning = try begin(at: current) {
      let isUsable = alone ? beginning.kind.isDecodedAlone && beginning.isShown : beginning.kind.isEntry
      if isUsable && beginning.time <= time { return beginning }
      // It may be decoded before that time, but shown after it.
      place = index.keyframe(before: current &- 1)
    }
    return nil
  }

  /// - Parameter place: a keyframe's time in the index.
  private func begin(at place: Int64) throws(MediaError) -> IndexedFrames.Beginning? {
    // Some versions of libavformat take where to go as the time at which a picture is shown, which may be later by some
    // frames than its time in the index.
    for time in [place, (index.keyframe(after: place) ?? .max >> 1) - 1] {
      guard demuxer.seek(to: time), let beginning = try frames.begin() else { return nil }
      if index.time(of: beginning) == place { return beginning }
    }
    return nil
  }
}

/// A frame that is kept while others are decoded. Not Sendable.
final class OwnedFrame {
  let frame: UnsafeMutablePointer<AVFrame>
  /// When it is shown, in the stream's units.
  var time = Int64.min

  init(_ demuxer: Demuxer) throws(MediaError) {
    guard let frame = av_frame_alloc() else { throw MediaError(.memory, demuxer.file.path) }
    self.frame = frame
  }

  deinit {
    var frame: UnsafeMutablePointer<AVFrame>? = frame
    av_frame_free(&frame)
  }

  /// Takes the content of `other`, which is empty afterwards.
  func take(_ other: UnsafeMutablePointer<AVFrame>) {
    av_frame_unref(frame)
    time = other.pointee.pts
    av_frame_move_ref(frame, other)
  }
}
