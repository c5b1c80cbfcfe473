import CFFmpeg

/// The frames of a video from a packet on at which decoding can begin, in order of presentation. Not Sendable.
final class IndexedFrames {
  /// The packet that decoding begins at.
  struct Beginning {
    var kind: PacketKind
    /// When it is shown, and when decoded, in the stream's units.
    var time: Int64
    var decodingTime: Int64
    /// Not outside the edit list.
    var isShown: Bool
  }

  private let demuxer: Demuxer
  private let inspector: PacketInspector
  private let decoder: VideoDecoder
  private let packet: UnsafeMutablePointer<AVPacket>
  /// `packet` is still to be decoded.
  private var isPending = false
  private var lastTime = Int64.min
  private var kind: FrameKind?
  private(set) var decodedPackets = 0
  /// Something is not as it has to be for frames to be those of a full decode.
  private(set) var isDoubtful = false

  /// Nil for a video whose packets do not tell enough.
  ///
  /// - Parameter demuxer: analysed.
  init?(_ demuxer: Demuxer, _ options: VideoReader.Options) throws(MediaError) {
    guard let inspector = PacketInspector(demuxer) else { return nil }
    let decoder = try VideoDecoder(demuxer, pixelLimit: options.pixelLimit)
    guard let packet = av_packet_alloc() else { throw MediaError(.memory, demuxer.file.path) }
    self.demuxer = demuxer
    self.inspector = inspector
    self.decoder = decoder
    self.packet = packet
  }

  deinit {
    var packet: UnsafeMutablePointer<AVPacket>? = packet
    av_packet_free(&packet)
  }

  var codecName: String { decoder.codecName }

  /// Begins at the next packet of the demuxer, wherever that is. Nil where that cannot be.
  func begin() throws(MediaError) -> Beginning? {
    (isPending, lastTime) = (false, .min)
    decoder.reset()
    guard try read(), packet.pointee.pts != FW_NO_TIME else { return nil }
    isPending = true
    return Beginning(
      kind: inspector.kind(of: packet), time: packet.pointee.pts,
      decodingTime: packet.pointee.dts,
      isShown: packet.pointee.flags & AV_PKT_FLAG_DISCARD == 0)
  }

  /// The next frame, good until the next call; nil after the last one, and where something is doubtful.
  func next() throws(MediaError) -> UnsafeMutablePointer<AVFrame>? {
    while true {
      switch try decoder.receive() {
      case .frame(let frame):
        guard isAsExpected(frame) else { return doubt() }
        return frame
      case .end: return nil
      case .damagedFrame, .failure: return doubt()
      case .needsPacket:
        if !isPending {
          guard try read() else {
            decoder.drain()
            continue
          }
        }
        isPending = false
        guard packet.pointee.flags & AV_PKT_FLAG_CORRUPT == 0, !inspector.kind(of: packet).isStrange,
          try decoder.send(packet)
        else { return doubt() }
        decodedPackets += 1
      }
    }
  }

  /// The frame of the packet that was begun at, and of no other.
  func alone() throws(MediaError) -> UnsafeMutablePointer<AVFrame>? {
    guard isPending, try decoder.send(packet) else { return doubt() }
    isPending = false
    decodedPackets += 1
    decoder.drain()
    return try next()
  }

  private func doubt() -> UnsafeMutablePointer<AVFrame>? {
    isDoubtful = true
    return nil
  }

  private func read() throws(MediaError) -> Bool {
    repeat {
      av_packet_unref(packet)
      guard try demuxer.read(into: packet) else { return false }
    } while packet.pointee.stream_index != demuxer.stream.pointee.index
    return true
  }

  private func isAsExpected(_ frame: UnsafeMutablePointer<AVFrame>) -> Bool {
    let time = frame.pointee.pts
    guard time != FW_NO_TIME, time > lastTime, !fw_is_interlaced(frame),
      kind ?? FrameKind(frame) == FrameKind(frame)
    else { return false }
    (lastTime, kind) = (time, FrameKind(frame))
    return true
  }
}

/// What all frames of a stream have in common, unless it changes on the way.
struct FrameKind: Equatable {
  var width: Int32
  var height: Int32
  var format: Int32

  init(_ frame: UnsafeMutablePointer<AVFrame>) {
    (width, height, format) = (frame.pointee.width, frame.pointee.height, frame.pointee.format)
  }
}
