import CFFmpeg
import Images
import SystemPackage
import Testing

@testable import Media

@Suite("Colours and fields that few videos have")
struct ColourTests {
  private func with(_ video: EncodedVideo, _ body: (FilePath) throws -> Void) throws {
    try withFile([], named: "video.\(video.container)") { path in
      if video.write(to: path) { try body(path) }
    }
  }

  /// One colour, R 200 G 60 B 40, in YCgCo of limited range.
  func yCgCo(_ matrix: String) -> EncodedVideo {
    var video = EncodedVideo(
      encoder: "libx264", container: "mkv",
      options: ["preset": "ultrafast", "crf": "8", "colorspace": matrix, "color_range": "tv"], frames: 3)
    video.colour = [93, 102, 198]
    return video
  }

  @Test("YCgCo comes out as what it is")
  func greenAndOrange() throws {
    try with(yCgCo("ycgco")) { path in
      let colour = mean(try #require(try Reading(path).frames.first?.picture), 0.1...0.9, 0.1...0.9)
      #expect(
        abs(colour.red - 200) <= 4 && abs(colour.green - 60) <= 4 && abs(colour.blue - 40) <= 4, "\(colour)")
    }
  }

  @Test(
    "colours that no matrix makes of red, green and blue are refused by name",
    arguments: ["ictcp", "smpte2085", "chroma-derived-nc", "chroma-derived-c"])
  func refused(matrix: String) throws {
    try with(yCgCo(matrix)) { path in
      let error = #expect(throws: MediaError.self) { try VideoReader.read(path) { _ in } }
      #expect(error?.trouble == .undecodable)
      #expect(error?.detail == "frames of yuv420p in \(matrix) colours cannot be converted")
    }
  }

  @Test(
    "Dolby Vision whose pictures show nothing true without its metadata is refused",
    arguments: [(5, 0, true), (10, 0, true), (10, 1, false), (8, 1, false), (7, 0, false), (4, 2, false)])
  func dolbyVision(profile: UInt8, compatibility: UInt8, isRefused: Bool) throws {
    var bytes = try bytes(of: "pyramid-hevc.mp4")
    let box = try #require(bytes.lastIndex(ofPattern: Array("btrt".utf8)))
    let record: [UInt8] = [1, 0, profile << 1, 0x0D, compatibility << 4, 0, 0, 0, 0, 0, 0, 0]
    bytes.replaceSubrange(box..<(box + 16), with: Array("dvcC".utf8) + record)
    try withFile(bytes) { path in
      guard isRefused else {
        let numbers = try Reading(path).numbers()
        return #expect(numbers == [0, 10, 20, 30])
      }
      let error = #expect(throws: MediaError.self) { try VideoReader.read(path) { _ in } }
      #expect(error?.trouble == .undecodable && error?.detail.contains("Dolby") == true)
    }
  }

  @Test(
    "Dolby Vision is also told from what comes with a frame",
    arguments: [(0, 1, true), (0, 0, false), (1, 1, false)])
  func dolbyVisionFrame(profile: UInt8, isFullRange: UInt8, isRefused: Bool) throws {
    var frame = av_frame_alloc()
    defer { av_frame_free(&frame) }
    var size = 0
    let metadata = try #require(av_dovi_metadata_alloc(&size))
    defer { av_free(metadata) }
    let header = av_dovi_get_header(metadata)
    header?.pointee.vdr_rpu_profile = profile
    header?.pointee.bl_video_full_range_flag = isFullRange
    let data = try #require(av_frame_new_side_data(frame, AV_FRAME_DATA_DOVI_METADATA, size))
    UnsafeMutableRawPointer(data.pointee.data).copyMemory(from: metadata, byteCount: size)
    let isSeen = fw_frame_needs_dolby_vision(try #require(frame))
    #expect(isSeen == isRefused)
  }

  @Test(
    "of an interlaced frame the field that comes first is shown, and not the other",
    arguments: ["tff", "bff"], [16, 40, 80, 160])
  func fields(order: String, shortSide: Int) throws {
    var video = EncodedVideo(
      encoder: "libx264", container: "mkv",
      options: ["preset": "ultrafast", "crf": "1", "x264-params": "\(order)=1"], frames: 12)
    (video.colour, video.lumaBetween, video.isTopFirst) = ([60, 128, 128], 180, order == "tff")
    try with(video) { path in
      let picture = try #require(try Reading(path, shortSide: shortSide).frames.first?.picture)
      #expect((picture.width, picture.height) == (shortSide * 112 / 80, shortSide))
      // The light of 60 and of 180 from 16 to 235.
      let expected = order == "tff" ? 51.0 : 191.0
      let isFlat = picture.pixels.allSatisfy { abs(Double($0) - expected) < 12 }
      #expect(isFlat)
    }
  }

  @Test("no row beyond the last one is looked at, whatever the height", arguments: 8..<20)
  func heights(height: Int32) throws {
    for (format, top) in [AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV410P].flatMap({
      [($0, true), ($0, false)]
    }) {
      var owned = av_frame_alloc()
      defer { av_frame_free(&owned) }
      let frame = try #require(owned)
      (frame.pointee.width, frame.pointee.height, frame.pointee.format) = (16, height, format.rawValue)
      try #require(av_frame_get_buffer(frame, 0) >= 0)
      fw_set_interlaced(frame, top)
      let setup = try #require(ScalingConversion.Setup(frame, to: (16, 16)))
      let shift = Int32(try #require(av_pix_fmt_desc_get(format)).pointee.log2_chroma_h)
      let first = try #require(setup.firstRowOfField)
      #expect(first == (top ? 0 : 1))
      let (lumaRows, chromaRows) = (setup.rows, (setup.rows + (1 << shift) - 1) >> shift)
      #expect(first + 2 * (lumaRows - 1) < height)
      #expect(first + 2 * (chromaRows - 1) < (height + (1 << shift) - 1) >> shift)
      #expect(lumaRows >= height / 2 - (1 << shift))
    }
  }
}
