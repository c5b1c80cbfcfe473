import CFFmpeg

/// What a walk over all packets of a file tells, without decoding any: container headers are often wrong about
/// durations, and a file may end long before its header says.
struct Survey {
  /// Time of the video stream's last packet in the stream's own units; nil when no packet has a time.
  private(set) var lastTime: Int64?
  /// Packets of the video stream that show something.
  private(set) var packets = 0
  /// Why the file looks cut short; nil when it does not.
  private(set) var defect: String?

  init(of demuxer: Demuxer) throws(MediaError) {
    guard let packet = av_packet_alloc() else {
      throw MediaError(.undecodable, demuxer.file.path, "out of memory")
    }
    defer {
      var packet: UnsafeMutablePointer<AVPacket>? = packet
      av_packet_free(&packet)
    }
    let chosen = demuxer.stream.pointee.index
    var end = 0.0
    while try demuxer.read(into: packet) {
      defer { av_packet_unref(packet) }
      if packet.pointee.flags & AV_PKT_FLAG_CORRUPT != 0 { defect = "a packet is incomplete" }
      let stream = demuxer.context.pointee.streams[Int(packet.pointee.stream_index)]
      let time = packet.pointee.pts != FW_NO_TIME ? packet.pointee.pts : packet.pointee.dts
      if time != FW_NO_TIME, let stream {
        end = max(end, (Double(time) + Double(packet.pointee.duration)) * av_q2d(stream.pointee.time_base))
      }
      // Packets outside the edit list are there to decode from, not to be shown.
      guard packet.pointee.stream_index == chosen, packet.pointee.flags & AV_PKT_FLAG_DISCARD == 0 else {
        continue
      }
      packets += 1
      if time != FW_NO_TIME { lastTime = max(lastTime ?? time, time) }
    }
    if demuxer.endedBadly || demuxer.file.failed { defect = "reading stopped before the end" }
    if defect == nil, Self.indexReachesBeyondTheFile(demuxer) {
      defect = "the file ends before its index does"
    }
    if defect == nil, let missing = Self.missingSeconds(demuxer, end: end) {
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
  private static func missingSeconds(_ demuxer: Demuxer, end: Double) -> Double? {
    let context = demuxer.context.pointee
    guard !Set(demuxer.containerNames).isDisjoint(with: ["matroska", "avi", "flv", "asf"]),
      context.duration_estimation_method == AVFMT_DURATION_FROM_STREAM,
      context.duration != FW_NO_TIME
    else { return nil }
    let start = context.start_time == FW_NO_TIME ? 0 : Double(context.start_time) / Double(AV_TIME_BASE)
    let announced = Double(context.duration) / Double(AV_TIME_BASE)
    let missing = announced - (end - max(0, start))
    return missing > max(1, announced * 0.05) ? missing : nil
  }
}
