import CFFmpeg
import SystemPackage
import Testing

@testable import Media

@Suite("Videos that are too long to be gone through")
struct IndexedReadingTests {
  /// Those of containers with an index.
  static let videos = SelectiveReadingTests.videos.filter { $0.container != "ts" }

  private func with(_ video: EncodedVideo, _ body: (FilePath) throws -> Void) throws {
    try withFile([], named: "video.\(video.container)") { path in
      if video.write(to: path) { try body(path) }
    }
  }

  /// Nil where the index is of no use.
  private func byIndex(
    _ path: FilePath, _ options: VideoReader.Options
  ) throws -> (outcome: VideoReader.Outcome, taken: [VideoReader.Frame])? {
    let file = try LocalFile(path, deadline: Deadline(after: .seconds(60)))
    return try VideoReader.readByIndex(file, options) { $0 }
  }

  @Test("the frames are those of a full decode, pixel by pixel", arguments: videos)
  func exact(video: EncodedVideo) throws {
    try with(video) { path in
      for (rate, maximum) in [(1.0, 32), (2.7, 7), (0.4, 32), (10, 1000), (1, 1)] {
        var options = VideoReader.Options()
        (options.framesPerSecond, options.maximumFrames) = (rate, maximum)
        options.shortSide = Int(EncodedVideo.height)
        guard let indexed = try byIndex(path, options) else {
          Issue.record("gone through: \(rate) a second, up to \(maximum)")
          continue
        }
        let full = try VideoReader.read(path, options: options) { $0 }
        // How long the last frame stays, where its packet does not say, is a guess.
        #expect(abs(indexed.outcome.source.duration - full.outcome.source.duration) < 0.1)
        #expect(indexed.taken.map(\.time) == full.taken.map(\.time))
        let isSame = indexed.taken == full.taken
        #expect(isSame, "\(rate) a second, up to \(maximum)")
      }
    }
  }

  @Test("keyframes are those of a video that is gone through", arguments: videos)
  func keyframes(video: EncodedVideo) throws {
    try with(video) { path in
      var options = VideoReader.Options()
      (options.framesPerSecond, options.mode) = (2, .keyframes)
      let indexed = try #require(try byIndex(path, options))
      let through = try VideoReader.read(path, options: options) { $0 }
      #expect(indexed.outcome.mode == .keyframes)
      #expect(indexed.taken.map(\.time) == through.taken.map(\.time))
      let isSame = indexed.taken == through.taken
      #expect(isSame)
    }
  }

  @Test("the index is used for long videos and for large files")
  func used() throws {
    let video = EncodedVideo(encoder: "mpeg4", bFrames: 2)
    try with(video) { path in
      let through = try VideoReader.read(path) { $0 }
      for change in [{ $0.longVideo = 4 }, { $0.largeFile = 1000 }] as [(inout VideoReader.Options) -> Void] {
        var options = VideoReader.Options()
        let file = try LocalFile(path, deadline: Deadline(after: .seconds(60)))
        let demuxer = try Demuxer(file, analysis: .whereNeeded)
        #expect(!demuxer.isLong(by: options))
        change(&options)
        #expect(demuxer.isLong(by: options))
        let indexed = try VideoReader.read(path, options: options) { $0 }
        let isSame = indexed.taken == through.taken
        #expect(isSame)
      }
    }
  }

  @Test("a file that was cut short, or has no index, or whose index is wrong, is gone through")
  func refused() throws {
    var video = EncodedVideo(encoder: "mpeg4", container: "mkv", bFrames: 2)
    // Of a minute, what is read at first leads nowhere near the end.
    video.frames = 600
    try with(video) { path in
      let whole = try bytes(of: path)
      let options = VideoReader.Options()
      let isRead = try byIndex(path, options) != nil
      #expect(isRead)
      try withFile(Array(whole.prefix(whole.count * 7 / 10)), named: "video.mkv") { path in
        let isRead = try byIndex(path, options) != nil
        #expect(!isRead)
        var options = options
        options.longVideo = 1
        #expect(try VideoReader.read(path, options: options) { _ in }.outcome.defect != nil)
      }
      // The identifier of the index, as that of a void.
      var bytes = whole
      let cues = try #require(bytes.lastIndex(ofPattern: [0x1C, 0x53, 0xBB, 0x6B]))
      bytes[cues] = 0xEC
      try withFile(bytes, named: "video.mkv") { path in
        let isRead = try byIndex(path, options) != nil
        #expect(!isRead)
      }
    }
    for name in ["untimed.h264", "offset.ts", "packed.avi"] {
      let isRead = try byIndex(fixture(name), VideoReader.Options()) != nil
      #expect(!isRead)
    }
  }
}
