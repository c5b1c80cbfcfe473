import CFFmpeg

/// What a walk over all packets of a file tells, without decoding any: container headers are often wrong about
/// durations, and a file may end long before its header says.
struct Survey {
  /// Time of the video stream's last packet in the stream's own units; nil when no packet has a time.
  private(set) var lastTime: Int64?
  /// How long that packet is shown, in the same units; 0 when the file does not say.
  private(set) var lastDuration: Int64 = 0
  /// Packets of the video stream that show something.
  private(set) var packets = 0
  /// Why the file looks cut short; nil when it does not.
  private(set) var defect: String?
  /// Nil for a codec or a container of which no packet can be left out.
  let table: PacketTable?

  /// Seconds that a keyframe may come before what was shown: some programs are not exact.
  private static let longestStepBack = 1.0

  /// - Parameters:
  ///   - demuxer: at the first of the packets; of a part of them there is no table.
  ///   - isWhole: these are all packets, not the last of them only.
  init(of demuxer: Demuxer, _ options: VideoReader.Options, isWhole: Bool = true) throws(MediaError) {
    guard let packet = av_packet_alloc() else {
      throw MediaError(.memory, demuxer.file.path)
    }
    defer {
      var packet: UnsafeMutablePointer<AVPacket>? = packet
      av_packet_free(&packet)
    }
    let inspector = isWhole ? PacketInspector(demuxer) : nil
    let table = inspector.map {
      PacketTable(
        options.mode == .exact ? .allPackets : .keyframes, reorders: $0.reorders,
        rowLimit: options.packetLimit, byteLimit: options.packetBytes)
    }
    self.table = table
    let chosen = demuxer.stream.pointee.index
    var (start, end) = (Double.infinity, 0.0)
    while try demuxer.read(into: packet) {
      defer { av_packet_unref(packet) }
      if packet.pointee.flags & AV_PKT_FLAG_CORRUPT != 0 { defect = "a packet is incomplete" }
      let stream = demuxer.context.pointee.streams[Int(packet.pointee.stream_index)]
      let time = packet.pointee.pts != FW_NO_TIME ? packet.pointee.pts : packet.pointee.dts
      let isChosen = packet.pointee.stream_index == chosen
      if time != FW_NO_TIME, let stream {
        // The header's word is about the file's own times.
        let own = Double(isChosen ? time &- demuxer.timeOffset : time)
        let unit = av_q2d(stream.pointee.time_base)
        start = min(start, own * unit)
        end = max(end, (own + Double(packet.pointee.duration)) * unit)
      }
      guard isChosen else { continue }
      // Packets outside the edit list are there to decode from, not to be shown.
      let isShown = packet.pointee.flags & AV_PKT_FLAG_DISCARD == 0
      if isShown {
        packets += 1
        if time != FW_NO_TIME, time >= lastTime ?? time {
          (lastTime, lastDuration) = (time, max(0, packet.pointee.duration))
        } else if let lastTime, packet.pointee.flags & AV_PKT_FLAG_KEY != 0,
          Double(lastTime) - Double(time) > Self.longestStepBack / av_q2d(demuxer.stream.pointee.time_base)
        {
          // Nothing of before a keyframe is shown after it, so one of the two times is wrong.
          defect = "its times go back"
        }
      }
      if let inspector, let table {
        let kind = inspector.kind(of: packet)
        let row =
          packet.pointee.pts == FW_NO_TIME
          ? nil : PacketTable.Row(time: packet.pointee.pts, kind: kind, isShown: isShown && !kind.isHidden)
        table.append(packet, as: row)
      }
    }
    // How many there are in all is not known.
    if !isWhole { packets = min(packets, 1) }
    if demuxer.endedBadly || demuxer.file.failed { defect = "reading stopped before the end" }
    if defect == nil, Self.indexReachesBeyondTheFile(demuxer) {
      defect = "the file ends before its index does"
    }
    if defect == nil, let missing = Self.missingSeconds(demuxer, start: start, end: end) {
      defect = "the last \(Int(missing.rounded())) seconds that the header announces are not there"
    }
  }

  /// ISO media list every sample with its place in the file before or after the data.
  private static func indexReachesBeyondTheFile(_ demuxer: Demuxer) -> Bool {
    guard demuxer.containerNames.contains("mov") else { return false }
    let count = avformat_index_get_entries_count(demuxer.stream)
    return (0..<count).contains { position in
      guard let entry = avformat_index_get_entry(demuxer.stream, position) else { return false }
      return entry.pointee.pos > Int64(demuxer.file.size) - Int64(entry.pointee.size)
    }
  }

  /// Seconds between the last packet and the end that the header announces, where the header is written when
  /// recording ends and so is to be believed; nil if that is too little to mean anything.
  ///
  /// Some programs announce the time of the end, others how long it is from the start to the end: whichever leaves less
  /// missing counts.
  ///
  /// - Parameters:
  ///   - start: of the first packet of any stream, in seconds.
  ///   - end: of the last one.
  private static func missingSeconds(_ demuxer: Demuxer, start: Double, end: Double) -> Double? {
    guard let announced = demuxer.announcedDuration else { return nil }
    let missing = announced - (end - min(0, start))
    return missing > max(1, announced * 0.05) ? missing : nil
  }
}
