import CFFmpeg
import Foundation
import SystemPackage
import Testing

@testable import Media

@Suite("What is whole, and what is not")
struct WholeFileTests {
  private func with(_ video: EncodedVideo, _ body: (FilePath) throws -> Void) throws {
    try withFile([], named: "video.\(video.container)") { path in
      if video.write(to: path) { try body(path) }
    }
  }

  @Test(
    "a file whose clock does not begin at 0 is whole, whichever end its header counts from",
    arguments: [("mpeg4", "mkv"), ("libx264", "mkv"), ("libvpx-vp9", "webm"), ("flv", "flv")])
  func lateStart(encoder: String, container: String) throws {
    var video = EncodedVideo(encoder: encoder, container: container)
    video.start = 1500
    try with(video) { path in
      let reading = try Reading(path)
      #expect(reading.outcome.defect == nil)
      #expect(reading.times == [0, 1, 2, 3, 4])
      #expect(abs(reading.outcome.source.duration - 5) < 0.11)
      let bytes = try bytes(of: path)
      try withFile(Array(bytes.prefix(bytes.count * 6 / 10)), named: "video.\(container)") { path in
        let defect = try Reading(path).outcome.defect
        #expect(defect != nil)
      }
    }
  }

  @Test(
    "pictures at the start that need what is not there are not shown, and nothing is missing",
    arguments: [
      EncodedVideo(
        encoder: "libx265",
        options: ["preset": "fast", "x265-params": "\(SelectiveReadingTests.x265):open-gop=1"], bFrames: 4),
      EncodedVideo(
        encoder: "libx264", options: SelectiveReadingTests.x264.merging(["x264-params": "open-gop=1"]) { $1 },
        bFrames: 3), EncodedVideo(encoder: "mpeg2video", bFrames: 2),
    ], ["mkv", "mp4", "ts"])
  func leadingPictures(video: EncodedVideo, container: String) throws {
    var video = video
    (video.container, video.skippedKeyframes) = (container, 1)
    try with(video) { path in
      let reading = try Reading(path, shortSide: 80, maximumFrames: 100, framesPerSecond: 10)
      #expect(reading.outcome.defect == nil)
      #expect(reading.frames.count > 30)
      #expect(Set(reading.times).count == reading.times.count)
    }
  }

  @Test(
    "a recording that begins between keyframes begins with the first of them",
    arguments: [("libx264", "ts"), ("libvpx-vp9", "webm"), ("libsvtav1", "mkv"), ("mpeg2video", "ts")])
  func lateKeyframe(encoder: String, container: String) throws {
    var video = EncodedVideo(encoder: encoder, container: container)
    video.skippedPackets = 5
    try with(video) { path in
      let reading = try Reading(path)
      #expect(reading.outcome.defect == nil)
      #expect(reading.times == [0, 1, 2, 3])
    }
  }

  @Test("Encoders leave the priority of a thread as it was", arguments: ["libsvtav1", "libx264"])
  func priority(encoder: String) throws {
    try with(EncodedVideo(encoder: encoder, container: "mkv")) { _ in
      var parameters = sched_param()
      var policy: Int32 = -1
      pthread_getschedparam(pthread_self(), &policy, &parameters)
      #expect(policy == 0, "not SCHED_OTHER")
    }
  }
}
