import Foundation
import Media
import SystemPackage
import Testing

@Suite struct VideoProbeTests {
  private func probe(_ path: FilePath) throws(MediaError) -> VideoProbe {
    try VideoProbe(VideoReader.open(path), path: path)
  }

  @Test(
    "The header says what reading finds, to the second",
    arguments: [
      "plain.mp4", "odd.webm", "vfr.mkv", "offset.ts", "packed.avi", "turned90.mp4", "grey.mp4",
      "pyramid-hevc.mp4", "av1.mp4",
    ])
  func agreement(name: String) throws {
    let probe = try probe(fixture(name))
    let source = try Reading(fixture(name)).outcome.source
    #expect(probe.container == source.container && probe.codec == source.codec)
    #expect(probe.width == source.width && probe.height == source.height)
    #expect(abs(try #require(probe.duration) - source.duration) < 1)
  }

  @Test("Streams without a container have no duration to say, and that is no error")
  func elementary() throws {
    #expect(try probe(fixture("untimed.h264")).codec == "h264")
  }

  @Test("A duration that no video has is none", arguments: [(1e9, 1e6), (1e15, nil)])
  func absurd(milliseconds: Double, seconds: Double?) throws {
    var bytes = try bytes(of: "vfr.mkv")
    // Duration, of eight bytes.
    let place = try #require(bytes.lastIndex(ofPattern: [0x44, 0x89, 0x88])) + 3
    for byte in 0..<8 {
      bytes[place + byte] = UInt8(truncatingIfNeeded: milliseconds.bitPattern >> (56 - 8 * byte))
    }
    try withFile(bytes, named: "video.mkv") { path in
      let duration = try probe(path).duration
      #expect(duration == seconds)
    }
  }

  @Test("What reading would refuse at once is refused with the same reason")
  func refused() throws {
    func trouble(_ path: FilePath) -> MediaTrouble? {
      do throws(MediaError) {
        _ = try probe(path)
        return nil
      } catch {
        return error.trouble
      }
    }
    #expect(trouble(try fixture("sound.wav")) == .noVideoStream)
    #expect(trouble("/nonexistent/video.mp4") == .missing)
    #expect(trouble("/") == .notAFile)
    try withFile([]) { #expect(trouble($0) == .empty) }
    try withFile(Array("#EXTM3U\n#EXTINF:1,\n/etc/passwd\n".utf8)) { #expect(trouble($0) == .notMedia) }
    try withFile(Array(try bytes(of: "plain.mp4").prefix(60))) { #expect(trouble($0) == .undecodable) }
  }
}
