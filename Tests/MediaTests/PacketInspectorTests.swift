import CFFmpeg
import Testing

@testable import Media

@Suite("What a packet is, told without decoding it")
struct PacketInspectorTests {
  func kind(
    _ codec: AVCodecID, _ bytes: [UInt8], header: [UInt8] = [], isKey: Bool = false
  ) throws -> PacketKind {
    var parameters = AVCodecParameters()
    parameters.codec_id = codec
    var (header, bytes) = (header, bytes)
    return try header.withUnsafeMutableBufferPointer { header in
      parameters.extradata = header.baseAddress
      parameters.extradata_size = Int32(header.count)
      let inspector = try #require(PacketInspector(&parameters))
      return bytes.withUnsafeMutableBufferPointer { bytes in
        var packet = AVPacket()
        packet.data = bytes.baseAddress
        packet.size = Int32(bytes.count)
        packet.flags = isKey ? AV_PKT_FLAG_KEY : 0
        return inspector.kind(of: &packet)
      }
    }
  }

  /// Lengths of two bytes.
  let avcC: [UInt8] = [1, 100, 0, 30, 0xFD, 0xE1, 0]

  func units(_ units: [UInt8]..., counted: Bool) -> [UInt8] {
    units.flatMap { (counted ? [UInt8($0.count >> 8), UInt8($0.count & 255)] : [0, 0, 0, 1]) + $0 }
  }

  @Test("H.264: IDR pictures, pictures nothing depends on, parameters", arguments: [true, false])
  func h264(counted: Bool) throws {
    let header = counted ? avcC : []
    let idr = try kind(
      AV_CODEC_ID_H264, units([9, 0x10], [0x67, 1], [0x68, 2], [0x65, 1, 2], counted: counted), header: header
    )
    #expect(idr == PacketKind(entry: .anywhere, carriesParameters: true))
    // The flag of the container does not make an entry.
    let reference = try kind(
      AV_CODEC_ID_H264, units([0x41, 1], counted: counted), header: header, isKey: true)
    #expect(reference == PacketKind())
    let disposable = try kind(
      AV_CODEC_ID_H264, units([6, 1, 1, 0, 0x80], [1, 9], counted: counted), header: header)
    #expect(disposable == PacketKind(isReference: false))
    #expect(try kind(AV_CODEC_ID_H264, units([9, 0x10], counted: counted), header: header).isStrange)
    #expect(try kind(AV_CODEC_ID_H264, [], header: header).isStrange)
    #expect(try kind(AV_CODEC_ID_H264, [0xFF, 0xFF, 0x65], header: header).isStrange)
  }

  @Test(
    "H.264: only a recovery point that promises an exact match at once can be decoded alone",
    arguments: [
      ([6, 6, 1, 0xC4, 0x80], true),  // recovery_frame_cnt 0, exact, not broken
      ([6, 6, 1, 0x84, 0x80], false),  // not exact
      ([6, 6, 1, 0xE4, 0x80], false),  // broken link
      ([6, 6, 1, 0x58, 0x80], false),  // after one frame
      ([6, 0, 4, 0, 0, 3, 0, 9, 6, 1, 0xC4, 0x80], true),  // behind a message with an escaped zero
      ([6, 5, 2, 6, 1, 0x80], false),  // within another message
    ] as [([UInt8], Bool)])
  func recovery(information: [UInt8], isAlone: Bool) throws {
    for counted in [true, false] {
      let kind = try kind(
        AV_CODEC_ID_H264, units(information, [0x41, 9], counted: counted), header: counted ? avcC : [])
      #expect(kind.entry == (isAlone ? .itself : .none))
    }
  }

  @Test(
    "HEVC: IDR pictures need nothing, CRA and BLA pictures a reset; sublayers and what is in none",
    arguments: [
      (19, 1, PacketKind(entry: .anywhere)), (20, 1, PacketKind(entry: .anywhere)),
      (21, 1, PacketKind(entry: .afterReset)), (16, 1, PacketKind(entry: .afterReset)),
      (1, 1, PacketKind()), (0, 1, PacketKind(isReference: false)),
      (0, 3, PacketKind(isReference: false, layer: 2)), (9, 2, PacketKind(layer: 1)),
    ])
  func hevc(type: UInt8, layer: UInt8, expected: PacketKind) throws {
    #expect(try kind(AV_CODEC_ID_HEVC, units([type << 1, layer, 7], counted: false)) == expected)
  }

  @Test("MPEG-4 and MPEG-2: I pictures, B pictures; packed streams are strange")
  func mpeg() throws {
    let vop = { (type: UInt8) in [0, 0, 1, 0xB6, type << 6, 1, 2, 3] as [UInt8] }
    #expect(try kind(AV_CODEC_ID_MPEG4, vop(0)) == PacketKind(entry: .anywhere))
    #expect(try kind(AV_CODEC_ID_MPEG4, vop(1)) == PacketKind())
    #expect(try kind(AV_CODEC_ID_MPEG4, vop(2)) == PacketKind(isReference: false))
    #expect(try kind(AV_CODEC_ID_MPEG4, vop(1) + vop(2)).isStrange)
    #expect(try kind(AV_CODEC_ID_MPEG4, [0, 0, 1, 0xB6, 0x40]).isStrange)
    let sequence: [UInt8] = [0, 0, 1, 0xB3, 1, 2, 3, 4]
    let picture = { (type: UInt8) in [0, 0, 1, 0, 0, type << 3, 9] as [UInt8] }
    #expect(
      try kind(AV_CODEC_ID_MPEG2VIDEO, sequence + picture(1))
        == PacketKind(entry: .anywhere, carriesParameters: true))
    #expect(try kind(AV_CODEC_ID_MPEG2VIDEO, picture(1)) == PacketKind())
    #expect(try kind(AV_CODEC_ID_MPEG2VIDEO, picture(3)) == PacketKind(isReference: false))
  }

  @Test("VP8 and VP9 by their first bits")
  func vpx() throws {
    #expect(try kind(AV_CODEC_ID_VP8, [0x10]) == PacketKind(entry: .anywhere))
    #expect(try kind(AV_CODEC_ID_VP8, [0x11]) == PacketKind())
    #expect(try kind(AV_CODEC_ID_VP8, [0x01]) == PacketKind(isHidden: true))
    #expect(try kind(AV_CODEC_ID_VP9, [0x82]) == PacketKind(entry: .anywhere))
    #expect(try kind(AV_CODEC_ID_VP9, [0x86]) == PacketKind())
    #expect(try kind(AV_CODEC_ID_VP9, [0x8A]) == PacketKind())  // an older frame again
    #expect(try kind(AV_CODEC_ID_VP9, [0xB1]) == PacketKind(entry: .anywhere))  // profile 3
    #expect(try kind(AV_CODEC_ID_VP9, [0x12]).isStrange)
  }

  /// A unit of AV1 with its size; types 1 are sequence headers, 2 delimiters, 3 and 6 frames.
  func obu(_ type: UInt8, _ content: [UInt8]) -> [UInt8] { [type << 3 | 2, UInt8(content.count)] + content }

  @Test("AV1 by the headers of its frames, not by the container's word")
  func av1() throws {
    let sequence = obu(1, [0, 0, 0])
    let (key, hiddenKey, inter, hidden) = (
      obu(6, [0x10, 9]), obu(6, [0x00, 9]), obu(6, [0x30, 9]), obu(6, [0x20, 9])
    )
    let again = obu(3, [0x80])
    let read = { try self.kind(AV_CODEC_ID_AV1, $0, isKey: true) }
    #expect(try read(obu(2, []) + sequence + key) == PacketKind(entry: .anywhere, carriesParameters: true))
    #expect(try read(key) == PacketKind(entry: .anywhere))
    #expect(try kind(AV_CODEC_ID_AV1, key) == PacketKind(entry: .anywhere))
    #expect(try read(obu(3, [0x10]) + obu(4, [1, 2, 3])) == PacketKind(entry: .anywhere))
    #expect(try read(inter) == PacketKind())
    #expect(try read(obu(6, [0x50])) == PacketKind())  // intra only: others are still needed after it
    #expect(try read(hidden + inter) == PacketKind())
    #expect(try read(again) == PacketKind())  // a key frame shown later is one of these
    #expect(try read(hiddenKey + inter) == PacketKind())
    #expect(try read(obu(5, [1, 2]) + key + obu(15, [0, 0])) == PacketKind(entry: .anywhere))
    // The last one may go on to the end of the packet.
    #expect(try read([6 << 3, 0x10, 1, 2, 3]) == PacketKind(entry: .anywhere))
    // A temporal layer is no matter.
    #expect(try read([6 << 3 | 6, 0x20, 2, 0x10, 1]) == PacketKind(entry: .anywhere))
  }

  @Test(
    "AV1: what is no row of units, shows nothing or more than once, or has several sizes is strange",
    arguments: [
      [], [0x12, 0], [0x32, 1, 0x00], [0x32, 1, 0x10, 0x32, 1, 0x30], [0x32, 2, 0x10], [0xB2, 1, 0x10],
      [0x32, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1], [0x36, 0x08, 1, 0x10], [0x0A, 1, 0x18],
      [0x32, 1, 0x10, 0x42, 1, 0],
    ] as [[UInt8]])
  func strangeAV1(bytes: [UInt8]) throws { #expect(try kind(AV_CODEC_ID_AV1, bytes).isStrange) }
}
