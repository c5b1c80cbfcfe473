import CFFmpeg

/// Takes pictures out of one video by decoding as little as gives exactly the frames of a full decode: packets are
/// fed from the last entry before a frame up to that frame, without the pictures that nothing depends on.
///
/// Whatever is not as expected ends it, and the video is decoded in full instead.
struct SelectiveReading: ~Copyable {
  private let demuxer: Demuxer
  private let table: PacketTable
  private let packets: PacketSupply
  private let survey: Survey
  private let plan: DecodingPlan
  private let timeline: Timeline
  private let decoder: VideoDecoder
  private let pictures: PictureMaker
  private let mode: VideoReader.Mode
  private var source: VideoReader.Source?
  /// Size and format of the first frame.
  private var kind: FrameKind?
  private var lastTime = Int64.min
  private var next = 0
  private var decodedPackets = 0

  /// Nil for a video that has to be decoded in full.
  ///
  /// - Parameter reopened: opens the file again, for a second pass where packets are too many to be kept.
  init?(
    _ demuxer: Demuxer, _ survey: Survey, _ options: VideoReader.Options, mode: VideoReader.Mode,
    reopened: () throws(MediaError) -> Demuxer
  ) throws(MediaError) {
    guard survey.defect == nil, let table = survey.table, table.isWhole,
      mode == .keyframes || !table.isThinned, let order = PresentationOrder(table.rows, table.watch),
      let first = order.shown.first,
      let last = survey.lastTime
    else { return nil }
    let rows = table.rows
    let timeline = Timeline(
      origin: rows[first].time, secondsPerUnit: av_q2d(demuxer.stream.pointee.time_base))
    let moments = SamplingPlan(
      lastFrame: timeline.seconds(last), framesPerSecond: options.framesPerSecond,
      maximumFrames: options.maximumFrames
    ).moments
    let time = { (row: Int) in timeline.seconds(rows[row].time) }
    let plan: DecodingPlan? =
      switch mode {
      case .exact: DecodingPlan(showing: moments, rows, order, time: time)
      case .keyframes: DecodingPlan(nearest: moments, rows, order, time: time)
      }
    guard let plan, plan.runs.allSatisfy({ table.hasAllPackets(of: $0) }) else { return nil }
    try PictureMaker.check(demuxer, options)
    // What the header says may be too little for the decoder after all.
    guard
      let decoder = try? VideoDecoder(demuxer, pixelLimit: options.pixelLimit, reorderDelay: order.delay)
    else { return nil }
    let needed = plan.runs.lazy.flatMap { run in run.filter { !plan.skips($0, in: run, rows) } }
    let packets: PacketSupply =
      needed.allSatisfy({ table.packet($0) != nil })
      ? .kept(table) : .again(try PacketReader(reopened(), expecting: table))
    self.decoder = decoder
    self.demuxer = demuxer
    self.table = table
    self.survey = survey
    self.plan = plan
    self.timeline = timeline
    self.mode = mode
    pictures = PictureMaker(demuxer, options)
    self.packets = packets
  }

  /// Nil when the video turned out to need a full decode.
  mutating func run<Taken>(
    _ take: (VideoReader.Frame) throws(MediaError) -> Taken
  ) throws(MediaError) -> (outcome: VideoReader.Outcome, taken: [Taken])? {
    var taken: [Taken] = []
    for (number, run) in plan.runs.enumerated() {
      if number > 0, table.rows[run.lowerBound].kind.entry != .anywhere {
        guard try finish(&taken, take) else { return nil }
        decoder.reset()
      }
      for row in run where !plan.skips(row, in: run, table.rows) {
        guard let packet = try packets.packet(row), try decoder.send(packet), try collect(&taken, take) else {
          return nil
        }
        decodedPackets += 1
      }
    }
    guard try finish(&taken, take), next == plan.targets.count, let source else { return nil }
    return (
      VideoReader.Outcome(source: source, mode: mode, defect: nil, decodedPackets: decodedPackets), taken
    )
  }

  /// Takes what the decoder still holds; false if there is anything wrong with it.
  private mutating func finish<Taken>(
    _ taken: inout [Taken], _ take: (VideoReader.Frame) throws(MediaError) -> Taken
  ) throws(MediaError) -> Bool {
    if next == plan.targets.count { return true }
    decoder.drain()
    return try collect(&taken, take)
  }

  /// Takes the frames that the decoder has ready; false if there is anything wrong with them.
  private mutating func collect<Taken>(
    _ taken: inout [Taken], _ take: (VideoReader.Frame) throws(MediaError) -> Taken
  ) throws(MediaError) -> Bool {
    while true {
      switch try decoder.receive() {
      case .needsPacket, .end: return true
      case .damagedFrame, .failure: return false
      case .frame(let frame):
        guard isAsExpected(frame) else { return false }
        guard next < plan.targets.count else { continue }
        let target = plan.targets[next]
        let wanted = table.rows[target.row].time
        if frame.pointee.pts > wanted { return false }
        if frame.pointee.pts < wanted { continue }
        let picture = try pictures.picture(of: frame)
        let result = try take(VideoReader.Frame(time: timeline.seconds(wanted), picture: picture))
        taken += repeatElement(result, count: target.moments)
        next += 1
      }
    }
  }

  /// Frames come by time, and are all of one kind.
  private mutating func isAsExpected(_ frame: UnsafeMutablePointer<AVFrame>) -> Bool {
    let kind = FrameKind(frame)
    if let first = self.kind {
      guard kind == first else { return false }
    } else {
      self.kind = kind
      source = pictures.source(
        frame, codec: decoder.codecName, lastFrame: timeline.seconds(survey.lastTime ?? 0), survey: survey)
    }
    guard frame.pointee.pts != FW_NO_TIME, frame.pointee.pts > lastTime, !fw_is_interlaced(frame) else {
      return false
    }
    lastTime = frame.pointee.pts
    return true
  }
}
