import CFFmpeg

/// All whole frames of a demuxer's video stream, one after the other in order of presentation. Not Sendable.
final class SequentialFrames {
  private let demuxer: Demuxer
  private let decoder: VideoDecoder
  private let packet: UnsafeMutablePointer<AVPacket>
  private var isDraining = false
  /// The first keyframe has come, or a frame. What cannot be decoded before is no damage.
  private var hasBegun = false
  /// The stream had parts that could not be decoded; they are left out.
  private(set) var metDamage = false
  private(set) var decodedPackets = 0

  init(_ demuxer: Demuxer, _ decoder: VideoDecoder) throws(MediaError) {
    guard let packet = av_packet_alloc() else {
      throw MediaError(.memory, demuxer.file.path)
    }
    self.demuxer = demuxer
    self.decoder = decoder
    self.packet = packet
  }

  deinit {
    var packet: UnsafeMutablePointer<AVPacket>? = packet
    av_packet_free(&packet)
  }

  /// The next whole frame, good until the next call; nil after the last one.
  func next() throws(MediaError) -> UnsafeMutablePointer<AVFrame>? {
    while true {
      switch try decoder.receive() {
      case .frame(let frame):
        hasBegun = true
        return frame
      case .end: return nil
      case .needsPacket: try feed()
      case .damagedFrame: metDamage = true
      case .failure:
        if hasBegun { metDamage = true }
        if isDraining { return nil }
        try feed()
      }
    }
  }

  /// Gives the decoder the next packet of the stream, or tells it that there are no more.
  private func feed() throws(MediaError) {
    while try demuxer.read(into: packet) {
      defer { av_packet_unref(packet) }
      guard packet.pointee.stream_index == demuxer.stream.pointee.index else { continue }
      // A packet that is cut short decodes to half a frame, with no error where the codec fills gaps.
      if packet.pointee.flags & AV_PKT_FLAG_KEY != 0 { hasBegun = true }
      guard packet.pointee.flags & AV_PKT_FLAG_CORRUPT == 0, try decoder.send(packet) else {
        if hasBegun { metDamage = true }
        continue
      }
      decodedPackets += 1
      return
    }
    isDraining = true
    decoder.drain()
  }
}
