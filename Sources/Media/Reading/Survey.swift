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
  /// Whether the codec has frames that come in another order than their packets.
  let reorders: Bool

  /// - Parameters:
  ///   - mode: with `keyframes` only those are kept.
  ///   - byteLimit: for the packets that are kept.
  init(of demuxer: Demuxer, for mode: VideoReader.Mode, byteLimit: Int) throws(MediaError) {
    guard let packet = av_packet_alloc() else {
      throw MediaError(.memory, demuxer.file.path)
    }
    defer {
      var packet: UnsafeMutablePointer<AVPacket>? = packet
      av_packet_free(&packet)
    }
    let inspector = Self.inspector(for: demuxer)
    let table = inspector.map { _ in PacketTable(byteLimit: byteLimit) }
    self.table = table
    reorders = inspector?.reorders ?? true
    let chosen = demuxer.stream.pointee.index
    var (start, end) = (Double.infinity, 0.0)
    while try demuxer.read(into: packet) {
      defer { av_packet_unref(packet) }
      if packet.pointee.flags & AV_PKT_FLAG_CORRUPT != 0 { defect = "a packet is incomplete" }
      let stream = demuxer.context.pointee.streams[Int(packet.pointee.stream_index)]
      let time = packet.pointee.pts != FW_NO_TIME ? packet.pointee.pts : packet.pointee.dts
      if time != FW_NO_TIME, let stream {
        let unit = av_q2d(stream.pointee.time_base)
        start = min(start, Double(time) * unit)
        end = max(end, (Double(time) + Double(packet.pointee.duration)) * unit)
      }
      guard packet.pointee.stream_index == chosen else { continue }
      // Packets outside the edit list are there to decode from, not to be shown.
      let isShown = packet.pointee.flags & AV_PKT_FLAG_DISCARD == 0
      if isShown {
        packets += 1
        if time != FW_NO_TIME, time >= lastTime ?? time {
          (lastTime, lastDuration) = (time, max(0, packet.pointee.duration))
        }
      }
      if let inspector, let table {
        let kind = inspector.kind(of: packet)
        let row =
          packet.pointee.pts == FW_NO_TIME
          ? nil : PacketTable.Row(time: packet.pointee.pts, kind: kind, isShown: isShown && !kind.isHidden)
        table.append(packet, as: row, keeping: mode == .exact || kind.isDecodedAlone)
      }
    }
    if demuxer.endedBadly || demuxer.file.failed { defect = "reading stopped before the end" }
    if defect == nil, Self.indexReachesBeyondTheFile(demuxer) {
      defect = "the file ends before its index does"
    }
    if defect == nil, let missing = Self.missingSeconds(demuxer, start: start, end: end) {
      defect = "the last \(Int(missing.rounded())) seconds that the header announces are not there"
    }
  }

  private static func inspector(for demuxer: Demuxer) -> PacketInspector? {
    guard !Containers.withExactTimes.isDisjoint(with: demuxer.containerNames) else { return nil }
    let parameters = demuxer.stream.pointee.codecpar
    // Fields are half pictures: two packets may make one frame.
    guard let parameters, [AV_FIELD_UNKNOWN, AV_FIELD_PROGRESSIVE].contains(parameters.pointee.field_order)
    else { return nil }
    return PacketInspector(parameters)
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
  /// - Parameters:
  ///   - start: of the first packet of any stream, in seconds.
  ///   - end: of the last one.
  private static func missingSeconds(_ demuxer: Demuxer, start: Double, end: Double) -> Double? {
    guard let announced = demuxer.announcedDuration else { return nil }
    let missing = announced - (end - max(0, start.isFinite ? start : 0))
    return missing > max(1, announced * 0.05) ? missing : nil
  }
}
