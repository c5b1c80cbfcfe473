import CFFmpeg
import Foundation
import SystemPackage
import Testing

@testable import Media

/// One file read both ways.
private struct BothWays {
  typealias Result = (outcome: VideoReader.Outcome, taken: [VideoReader.Frame])
  var selective: Result?
  var sequential: Result

  init(_ path: FilePath, _ options: VideoReader.Options) throws {
    let file = try LocalFile(path, deadline: Deadline(after: .seconds(60)))
    let demuxer = try Demuxer(file, analysis: .whereNeeded)
    let survey = try Survey(of: demuxer, options)
    selective = try VideoReader.readSelectively(demuxer, survey, options, mode: .exact) { $0 }
    sequential = try VideoReader.readSequentially(file, survey, options) { $0 }
  }
}

@Suite("Decoding no more than is needed")
struct SelectiveReadingTests {
  static let x264 = ["preset": "medium", "crf": "26"]
  static let x265 = "log-level=none:pools=none:frame-threads=1"

  /// One of each kind that behaves differently.
  static let videos: [EncodedVideo] = [
    EncodedVideo(encoder: "libx264", options: x264),
    EncodedVideo(encoder: "libx264", options: x264, bFrames: 3),
    EncodedVideo(encoder: "libx264", container: "mkv", options: x264, bFrames: 3, isRegular: false),
    EncodedVideo(encoder: "libx264", container: "ts", options: x264, bFrames: 2),
    EncodedVideo(
      encoder: "libx264", options: x264.merging(["x264-params": "open-gop=1:b-pyramid=normal"]) { $1 },
      bFrames: 3),
    EncodedVideo(
      encoder: "libx264", container: "ts", options: x264.merging(["x264-params": "open-gop=1"]) { $1 },
      bFrames: 3, isRegular: false),
    EncodedVideo(
      encoder: "libx264", options: x264.merging(["x264-params": "ref=6:weightp=2:b-pyramid=strict"]) { $1 },
      keyframeDistance: 30, bFrames: 4, format: AV_PIX_FMT_YUV420P10LE),
    EncodedVideo(encoder: "libx265", options: ["preset": "fast", "x265-params": x265], bFrames: 0),
    EncodedVideo(
      encoder: "libx265", options: ["preset": "fast", "x265-params": "\(x265):open-gop=0"], bFrames: 4),
    EncodedVideo(
      encoder: "libx265", container: "mkv", options: ["preset": "fast", "x265-params": "\(x265):open-gop=1"],
      bFrames: 4, isRegular: false),
    EncodedVideo(
      encoder: "libx265",
      options: ["preset": "fast", "x265-params": "\(x265):temporal-layers=1:b-pyramid=1"], bFrames: 4),
    EncodedVideo(encoder: "libvpx-vp9", container: "webm", options: ["cpu-used": "5", "lag-in-frames": "8"]),
    EncodedVideo(
      encoder: "libvpx", container: "webm",
      options: ["cpu-used": "5", "lag-in-frames": "8", "auto-alt-ref": "0"]),
    EncodedVideo(encoder: "libaom-av1", options: ["cpu-used": "8", "lag-in-frames": "8"]),
    EncodedVideo(encoder: "libaom-av1", options: ["cpu-used": "6", "aom-params": "enable-fwd-kf=1"]),
    EncodedVideo(encoder: "libsvtav1", container: "mkv", options: ["preset": "10"]),
    EncodedVideo(encoder: "mpeg4", options: ["qscale": "4"]),
    EncodedVideo(encoder: "mpeg4", bFrames: 2),
    EncodedVideo(encoder: "mpeg4", container: "mkv", bFrames: 2, isRegular: false),
    EncodedVideo(encoder: "mpeg2video", container: "ts", bFrames: 2),
  ]

  /// Runs `body` with the video's file, if the machine can make it.
  private func with(_ video: EncodedVideo, _ body: (FilePath) throws -> Void) throws {
    try withFile([], named: "video.\(video.container)") { path in
      if video.write(to: path) { try body(path) }
    }
  }

  @Test("the frames are those of a full decode, pixel by pixel", arguments: videos)
  func exact(video: EncodedVideo) throws {
    try with(video) { path in
      for (rate, maximum) in [(1.0, 32), (2.7, 7), (0.4, 32), (10, 1000), (1, 1)] {
        var options = VideoReader.Options()
        (options.framesPerSecond, options.maximumFrames) = (rate, maximum)
        // The stored size: every pixel counts.
        options.shortSide = Int(EncodedVideo.height)
        let read = try BothWays(path, options)
        guard let selective = read.selective else {
          Issue.record("decoded in full: \(rate) a second, up to \(maximum)")
          continue
        }
        #expect(selective.outcome.source == read.sequential.outcome.source)
        #expect(selective.outcome.decodedPackets <= read.sequential.outcome.decodedPackets)
        #expect(selective.taken.map(\.time) == read.sequential.taken.map(\.time))
        let isSame = selective.taken == read.sequential.taken
        #expect(isSame, "\(rate) a second, up to \(maximum)")
        #expect(read.sequential.outcome.defect == nil)
      }
    }
  }

  @Test(
    "whatever a file is like, frames taken without a full decode are those of a full decode",
    arguments: [
      "plain.mp4", "edited.mp4", "vfr.mkv", "offset.ts", "negative.ts", "turned90.mp4", "turned180.mp4",
      "turned270.mp4", "tenbit.mp4", "odd.webm", "unknown-duration.mkv", "wide-pixels.mp4", "long.mp4",
      "default-stream.mkv", "largest-stream.mkv", "video-cover.mp4", "colour-bt2020.mp4", "vp8.webm",
      "pyramid-hevc.mp4", "av1.mp4",
    ])
  func fixtures(name: String) throws {
    for rate in [1.0, 3.3] {
      var options = VideoReader.Options()
      options.framesPerSecond = rate
      let read = try BothWays(fixture(name), options)
      let isSelective = read.selective != nil
      #expect(isSelective)
      let isSame = read.selective?.taken == read.sequential.taken
      #expect(isSame)
      #expect(read.selective?.outcome.source == read.sequential.outcome.source)
    }
  }

  @Test(
    "a file whose packets do not tell enough is decoded in full",
    arguments: ["packed.avi", "untimed.h264", "resized.h264", "colour-palette.gif", "half-transparent.mov"])
  func inFull(name: String) throws {
    let isSelective = try BothWays(fixture(name), VideoReader.Options()).selective != nil
    #expect(!isSelective)
    #expect(try Reading(fixture(name)).frames.count > 0)
  }

  @Test("what a container says of key frames is not believed")
  func keyFlags() throws {
    // Without its list of them, an MP4 says that every frame is one.
    var bytes = try bytes(of: "av1.mp4")
    let list = try #require(bytes.firstRange(of: Array("stss".utf8)))
    bytes.replaceSubrange(list, with: Array("free".utf8))
    try withFile(bytes) { path in
      let read = try BothWays(path, VideoReader.Options())
      let isSame = read.selective?.taken == read.sequential.taken
      #expect(isSame)
      #expect(try Reading(path).numbers() == [0, 10, 20, 30])
    }
  }

  @Test("groups without a frame to take are jumped over, and pictures that nothing depends on left out")
  func saved() throws {
    let video = EncodedVideo(encoder: "mpeg4", bFrames: 2)
    try with(video) { path in
      var options = VideoReader.Options()
      options.framesPerSecond = 0.4
      // Groups of twelve with one picture in three to depend on, and frames 0 and 25 to take of fifty.
      let outcome = try VideoReader.read(path, options: options) { _ in }.outcome
      #expect(outcome.decodedPackets <= 8)
    }
  }

  @Test("a stream without points to begin at is decoded from its start")
  func intraRefresh() throws {
    let video = EncodedVideo(
      encoder: "libx264", options: Self.x264.merging(["x264-params": "intra-refresh=1"]) { $1 })
    try with(video) { path in
      let read = try BothWays(path, VideoReader.Options())
      let isSame = read.selective.map { $0.taken == read.sequential.taken } ?? true
      #expect(isSame)
      #expect(read.sequential.taken.count == 5)
    }
  }

  @Test("packets beyond the bound are not kept but read again, and the frames are the same")
  func packetBound() throws {
    let video = EncodedVideo(encoder: "mpeg4", bFrames: 2)
    try with(video) { path in
      var options = VideoReader.Options()
      let unbounded = try BothWays(path, options)
      options.packetBytes = 20_000
      let file = try LocalFile(path, deadline: Deadline(after: .seconds(60)))
      #expect(file.size > 2 * options.packetBytes)
      let survey = try Survey(of: Demuxer(file, analysis: .whereNeeded), options)
      let table = try #require(survey.table)
      #expect(table.rows.count == 50 && !table.keepsPackets && table.storedBytes == 0)
      let bounded = try BothWays(path, options)
      let isSame = bounded.selective?.taken == unbounded.selective?.taken
      #expect(isSame)
      #expect(bounded.selective?.taken.count == 5)
    }
  }

  @Test("what is kept counts with the memory that it holds")
  func packetMemory() throws {
    let file = try LocalFile(fixture("plain.mp4"), deadline: Deadline(after: .seconds(60)))
    for limit in [0, 500, 1_000, 3_000, 10_000, 1 << 20] {
      var options = VideoReader.Options()
      options.packetBytes = limit
      let survey = try Survey(of: Demuxer(file, analysis: .whereNeeded), options)
      let table = try #require(survey.table)
      #expect(table.storedBytes <= limit)
      #expect(table.keepsPackets == (limit == 1 << 20))
      #expect(!table.keepsPackets || table.storedBytes > file.size / 2)
    }
  }

  @Test(
    "keyframes are the nearest to the moments, each once, and pixel by pixel what they are in a full decode")
  func keyframes() throws {
    let reading = try Reading(fixture("plain.mp4"), mode: .keyframes)
    // They are numbers 0 and 19, at 0 and 1.9 s.
    #expect(reading.numbers() == [0, 19])
    #expect(reading.times == [0, 1.9])
    #expect(reading.outcome.mode == .keyframes)
    let all = try Reading(fixture("plain.mp4"), maximumFrames: 100, framesPerSecond: 10)
    let isSame = reading.frames == [all.frames[0], all.frames[19]]
    #expect(isSame)
  }

  @Test("keyframes of every codec", arguments: videos)
  func everyKeyframe(video: EncodedVideo) throws {
    try with(video) { path in
      var options = VideoReader.Options()
      options.shortSide = Int(EncodedVideo.height)
      (options.framesPerSecond, options.maximumFrames) = (100, 1000)
      let all = try VideoReader.read(path, options: options) { $0 }.taken
      options.framesPerSecond = 2
      options.mode = .keyframes
      let (outcome, taken) = try VideoReader.read(path, options: options) { $0 }
      #expect(outcome.mode == .keyframes)
      #expect(taken.count >= 2 && taken.count < 10)
      let areInside = taken.allSatisfy { all.contains($0) }
      #expect(areInside)
    }
  }

  @Test("of a stream of more packets than are noted, keyframes are found all the same", arguments: videos)
  func thinned(video: EncodedVideo) throws {
    try with(video) { path in
      var options = VideoReader.Options()
      options.mode = .keyframes
      options.framesPerSecond = 2
      let all = try VideoReader.read(path, options: options) { $0 }
      options.packetLimit = 20
      let some = try VideoReader.read(path, options: options) { $0 }
      #expect(some.outcome == all.outcome)
      let isSame = some.taken == all.taken
      #expect(isSame)
      // Packets that are not noted cannot be left out.
      options.mode = .exact
      #expect(try VideoReader.read(path, options: options) { _ in }.outcome.decodedPackets > 44)
    }
  }

  @Test("where keyframes cannot be told the video is read exactly, and says so")
  func noKeyframes() throws {
    let reading = try Reading(fixture("packed.avi"), mode: .keyframes)
    #expect(reading.numbers() == [0, 10, 20, 30])
    #expect(reading.outcome.mode == .exact)
  }
}
