import CFFmpeg

/// The keyframes of a video stream that its container's index names.
///
/// Times are the index's own: in ISO media when a packet is decoded, in Matroska when it is shown.
struct ContainerIndex {
  private let stream: UnsafeMutablePointer<AVStream>
  private let hasDecodingTimes: Bool

  /// Nil where there is no index, or it does not reach to where the header says that the video ends.
  ///
  /// - Parameter demuxer: analysed; it is elsewhere in the file afterwards.
  init?(_ demuxer: Demuxer) {
    stream = demuxer.stream
    hasDecodingTimes = demuxer.containerNames.contains("mov")
    guard hasDecodingTimes || demuxer.containerNames.contains("matroska") else { return nil }
    // Matroska's index is not read before somebody wants to go somewhere.
    guard demuxer.seek(to: max(0, stream.pointee.start_time)) else { return nil }
    let count = avformat_index_get_entries_count(stream)
    guard count > 1,
      let last = Self.time(of: av_index_search_timestamp(stream, .max - 1, AVSEEK_FLAG_BACKWARD), stream)
    else { return nil }
    let announced = Double(demuxer.context.pointee.duration) / Double(AV_TIME_BASE)
    let missing = announced - Double(last) * av_q2d(stream.pointee.time_base)
    guard announced > 0, missing <= max(10, announced * 0.1) else { return nil }
  }

  /// The last keyframe whose time is not later.
  func keyframe(before time: Int64) -> Int64? {
    Self.time(of: av_index_search_timestamp(stream, time, AVSEEK_FLAG_BACKWARD), stream)
  }

  /// The first keyframe whose time is later.
  func keyframe(after time: Int64) -> Int64? {
    time == .max ? nil : Self.time(of: av_index_search_timestamp(stream, time + 1, 0), stream)
  }

  /// A packet's time as the index has it.
  func time(of packet: IndexedFrames.Beginning) -> Int64 {
    hasDecodingTimes ? packet.decodingTime : packet.time
  }

  private static func time(of entry: Int32, _ stream: UnsafeMutablePointer<AVStream>) -> Int64? {
    avformat_index_get_entry(stream, entry)?.pointee.timestamp
  }
}

extension Demuxer {
  /// Goes to the last keyframe that the index has not later than `time`. False where that cannot be.
  func seek(to time: Int64) -> Bool {
    av_seek_frame(context, stream.pointee.index, time, AVSEEK_FLAG_BACKWARD) >= 0
  }
}
