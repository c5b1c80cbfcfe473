import CFFmpeg

/// What is known of a packet before it is decoded.
struct PacketKind: Equatable {
  enum Entry {
    case none
    /// The picture can be decoded alone, but what follows may need what came before.
    case itself
    /// Decoding can begin here, but a decoder that comes from elsewhere has to be told to forget.
    case afterReset
    /// Whatever was decoded before has no influence on this packet.
    case anywhere
  }

  var entry = Entry.none
  /// Other pictures may be made from this one.
  var isReference = true
  /// In it are parameters that pictures after it may need.
  var carriesParameters = false
  /// The temporal sublayer; only HEVC has several.
  var layer: UInt8 = 0
  /// It changes the decoder's state and shows nothing.
  var isHidden = false
  /// Such packets are not understood well enough to leave any out.
  var isStrange = false

  var isEntry: Bool { entry == .anywhere || entry == .afterReset }
  var isDecodedAlone: Bool { entry != .none }
}

/// Reads from a packet's first bytes what kind it is: what containers say of keyframes is often wrong.
///
/// An entry is a packet from which decoding gives exactly what decoding from the start of the stream gives, for
/// it and all that follow it in order of presentation: in H.264 an IDR picture; in HEVC an IRAP picture; in VP8, VP9 and
/// AV1 a key frame; in MPEG-1, -2 and -4 an I picture. An H.264 recovery point that promises an exact match at once
/// does so for itself only: libavcodec fills the gap before it with pictures of its own, and these can change the order
/// of the pictures that later ones refer to.
struct PacketInspector {
  private enum Syntax {
    case h264, hevc, mpeg4, mpeg2, vp8, vp9, av1
  }

  private let syntax: Syntax
  /// Bytes of a NAL unit's length; nil for start codes.
  private let lengthSize: Int?

  /// Whether frames may come in another order than their packets.
  var reorders: Bool {
    switch syntax {
    case .h264, .hevc, .mpeg4, .mpeg2: true
    case .vp8, .vp9, .av1: false
    }
  }

  /// Nil for codecs whose streams are decoded whole.
  init?(_ parameters: UnsafePointer<AVCodecParameters>) {
    switch parameters.pointee.codec_id {
    case AV_CODEC_ID_H264: syntax = .h264
    case AV_CODEC_ID_HEVC: syntax = .hevc
    case AV_CODEC_ID_MPEG4: syntax = .mpeg4
    case AV_CODEC_ID_MPEG1VIDEO, AV_CODEC_ID_MPEG2VIDEO: syntax = .mpeg2
    case AV_CODEC_ID_VP8: syntax = .vp8
    case AV_CODEC_ID_VP9: syntax = .vp9
    case AV_CODEC_ID_AV1: syntax = .av1
    default: return nil
    }
    let header = UnsafeBufferPointer(
      start: parameters.pointee.extradata, count: Int(parameters.pointee.extradata_size))
    // The configuration records of ISO 14496-15 begin with their version, where start codes begin with zeros.
    switch syntax {
    case .h264: lengthSize = header.count >= 7 && header[0] == 1 ? Int(header[4] & 3) + 1 : nil
    case .hevc:
      lengthSize =
        header.count >= 23 && !header.starts(with: [0, 0, 1]) && !header.starts(with: [0, 0, 0])
        ? Int(header[21] & 3) + 1 : nil
    default: lengthSize = nil
    }
  }

  /// Nil also for streams in which packets do not stand for frames, or whose times are not to be believed.
  init?(_ demuxer: Demuxer) {
    guard !Containers.withExactTimes.isDisjoint(with: demuxer.containerNames),
      let parameters = demuxer.stream.pointee.codecpar,
      // Fields are half pictures: two packets may make one frame.
      [AV_FIELD_UNKNOWN, AV_FIELD_PROGRESSIVE].contains(parameters.pointee.field_order)
    else { return nil }
    self.init(parameters)
  }

  func kind(of packet: UnsafePointer<AVPacket>) -> PacketKind {
    let bytes = UnsafeBufferPointer(start: packet.pointee.data, count: max(0, Int(packet.pointee.size)))
    var kind =
      switch syntax {
      case .h264: h264(bytes)
      case .hevc: hevc(bytes)
      case .mpeg4: Self.mpeg4(bytes)
      case .mpeg2: Self.mpeg2(bytes)
      case .vp8: Self.vp8(bytes)
      case .vp9: Self.vp9(bytes)
      case .av1: Self.av1(bytes)
      }
    for number in 0..<Int(packet.pointee.side_data_elems) {
      let type = packet.pointee.side_data[number].type
      if type == AV_PKT_DATA_NEW_EXTRADATA || type == AV_PKT_DATA_PARAM_CHANGE { kind.isStrange = true }
    }
    return kind
  }

  // MARK: - Codecs made of NAL units

  private func h264(_ bytes: UnsafeBufferPointer<UInt8>) -> PacketKind {
    var kind = PacketKind()
    var recovers = false
    var units = NALUnits(bytes, lengthSize: lengthSize)
    while let unit = units.next() {
      switch unit[0] & 31 {
      case 5:
        kind.entry = .anywhere
        return kind
      case 1, 2:
        kind.isReference = unit[0] & 0x60 != 0
        if recovers && kind.isReference { kind.entry = .itself }
        return kind
      case 6: recovers = recovers || Self.promisesRecovery(units.ended(unit))
      case 7, 8: kind.carriesParameters = true
      default: break
      }
    }
    kind.isStrange = true
    return kind
  }

  /// Whether a message of supplemental information says that from this picture on all are exactly right:
  /// payload 6 with `recovery_frame_cnt` 0, `exact_match_flag` 1 and `broken_link_flag` 0, which are three bits, 110.
  private static func promisesRecovery(_ unit: UnsafeBufferPointer<UInt8>) -> Bool {
    var message: [UInt8] = []
    for byte in unit.dropFirst().prefix(1024) {
      // A three after two zeros only keeps start codes out.
      if byte == 3, message.count >= 2, message.suffix(2) == [0, 0] { continue }
      message.append(byte)
    }
    var rest = message[...]
    while rest.count > 2 {
      var (type, size) = (0, 0)
      while let byte = rest.popFirst() {
        type += Int(byte)
        if byte != 255 { break }
      }
      while let byte = rest.popFirst() {
        size += Int(byte)
        if byte != 255 { break }
      }
      if type == 6, let first = rest.first { return first & 0xE0 == 0xC0 }
      rest = rest.dropFirst(size)
    }
    return false
  }

  private func hevc(_ bytes: UnsafeBufferPointer<UInt8>) -> PacketKind {
    var kind = PacketKind()
    var units = NALUnits(bytes, lengthSize: lengthSize)
    while let unit = units.next() {
      guard unit.count >= 2 else { continue }
      let type = unit[0] >> 1 & 63
      // Pictures of other layers (a second eye, more detail) are not decoded.
      if unit[0] & 1 != 0 || unit[1] >> 3 != 0 { continue }
      switch type {
      case 0...31:
        kind.layer = (unit[1] & 7) &- 1
        kind.isReference = type > 14 || type % 2 == 1
        if type == 19 || type == 20 { kind.entry = .anywhere }
        if (16...18).contains(type) || type == 21 { kind.entry = .afterReset }
        return kind
      case 32...34: kind.carriesParameters = true
      default: break
      }
    }
    kind.isStrange = true
    return kind
  }

  // MARK: - Others

  private static func mpeg4(_ bytes: UnsafeBufferPointer<UInt8>) -> PacketKind {
    var kind = PacketKind()
    var pictures = 0
    var position = 0
    while let code = startCode(in: bytes, from: position) {
      position = code + 4
      guard position < bytes.count else { break }
      switch bytes[code + 3] {
      case 0x20...0x2F: kind.carriesParameters = true
      case 0xB6:
        pictures += 1
        let type = bytes[position] >> 6
        if type == 0 { kind.entry = .anywhere }
        kind.isReference = type != 2
      default: break
      }
    }
    // DivX's "packed bitstream" has two pictures in one packet, and then a packet of a few bytes with none.
    if pictures != 1 || bytes.count < 8 { kind.isStrange = true }
    return kind
  }

  private static func mpeg2(_ bytes: UnsafeBufferPointer<UInt8>) -> PacketKind {
    var kind = PacketKind()
    var position = 0
    while let code = startCode(in: bytes, from: position) {
      position = code + 4
      switch bytes[code + 3] {
      case 0xB3: kind.carriesParameters = true
      case 0x00:
        guard position + 1 < bytes.count else { break }
        let type = bytes[position + 1] >> 3 & 7
        kind.isReference = type != 3
        // Quantiser matrices hold until the next sequence header.
        if type == 1 && kind.carriesParameters { kind.entry = .anywhere }
        return kind
      default: break
      }
    }
    kind.isStrange = true
    return kind
  }

  private static func vp8(_ bytes: UnsafeBufferPointer<UInt8>) -> PacketKind {
    guard let first = bytes.first else { return PacketKind(isStrange: true) }
    return PacketKind(entry: first & 1 == 0 ? .anywhere : .none, isHidden: first & 0x10 == 0)
  }

  /// A frame header begins with the bits 10, two of the profile, whether an older frame is shown again, and
  /// whether the frame is a key frame (0).
  private static func vp9(_ bytes: UnsafeBufferPointer<UInt8>) -> PacketKind {
    guard let first = bytes.first, first >> 6 == 2 else { return PacketKind(isStrange: true) }
    // The highest profiles have one bit more.
    let flags = first & 0x30 == 0x30 ? first << 1 : first
    return PacketKind(entry: flags & 0x0C == 0 ? .anywhere : .none)
  }

  /// A packet holds any number of frames that are not shown, and then one that is.
  private static func av1(_ bytes: UnsafeBufferPointer<UInt8>) -> PacketKind {
    var kind = PacketKind()
    var (frames, shown) = (0, 0)
    var units = AV1Units(bytes)
    while let unit = units.next() {
      switch unit {
      case .sequenceHeader: kind.carriesParameters = true
      case .frame(let frame):
        // A key frame that is shown later only is no entry: what is shown with it needs what came before.
        if frames == 0 && frame.isKey && frame.isShown { kind.entry = .anywhere }
        frames += 1
        shown += frame.isShown ? 1 : 0
      case .other: break
      }
    }
    if units.isStrange || shown != 1 { kind.isStrange = true }
    return kind
  }

  /// Where the next 00 00 01 with a byte after it begins.
  private static func startCode(in bytes: UnsafeBufferPointer<UInt8>, from position: Int) -> Int? {
    NALUnits.startCode(in: bytes, from: position).flatMap { $0 + 3 < bytes.count ? $0 : nil }
  }
}
