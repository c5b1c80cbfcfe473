import Foundation
import Glibc
import Media
import SystemPackage
import Testing

@Suite("Files that are no good videos")
struct HostileFileTests {
  func trouble(_ path: FilePath) -> MediaTrouble? {
    do {
      _ = try Reading(path)
      return nil
    } catch { return (error as? MediaError)?.trouble }
  }

  @Test("nothing there, a folder, an empty file")
  func noFile() throws {
    #expect(trouble("/nowhere/at-all.mp4") == .missing)
    #expect(trouble(FilePath(FileManager.default.temporaryDirectory.path)) == .notAFile)
    try withFile([]) { #expect(trouble($0) == .empty) }
  }

  @Test("a pipe is refused at once instead of waited for")
  func pipe() throws {
    try withFile([]) { path in
      let pipe = path.removingLastComponent().appending("pipe.mp4")
      #expect(mkfifo(pipe.string, 0o600) == 0)
      #expect(trouble(pipe) == .notAFile)
    }
  }

  @Test(
    "sound alone, with a cover or without a container, has no video stream",
    arguments: ["sound.mp4", "sound-cover.mp4", "sound.wav"])
  func sound(name: String) throws {
    #expect(trouble(try fixture(name)) == .noVideoStream)
  }

  @Test(
    "what would lead to other files is refused, whatever it is called",
    arguments: [
      "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nhttp://192.0.2.1/a.ts\n#EXT-X-ENDLIST\n",
      "ffconcat version 1.0\nfile '/etc/passwd'\n",
      "<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\"></MPD>",
      "v=0\no=- 0 0 IN IP4 192.0.2.1\ns=x\nc=IN IP4 192.0.2.1\nm=video 1234 RTP/AVP 96\n",
      "just some text, renamed\n", "%PDF-1.4\n", "http://192.0.2.1/video.mp4\n",
    ])
  func notMedia(text: String) throws {
    try withFile(Array(text.utf8)) { #expect(trouble($0) == .notMedia) }
  }

  @Test("a playlist is refused even where the file it names lies beside it")
  func playlistBesideItsFile() throws {
    try withFile(bytes(of: "plain.mp4")) { video in
      let list = video.removingLastComponent().appending("list.mp4")
      try Data("ffconcat version 1.0\nfile 'video.mp4'\n".utf8).write(to: URL(fileURLWithPath: list.string))
      #expect(trouble(list) == .notMedia)
      #expect(trouble(video) == nil)
    }
  }

  @Test("a file that was cut short keeps its good frames and says so", arguments: ["plain.mp4", "plain.mkv"])
  func cutShort(name: String) throws {
    let source = name == "plain.mp4" ? try bytes(of: "plain.mp4") : try bytes(of: "vfr.mkv")
    try withFile(Array(source.prefix(source.count * 8 / 10)), named: name) { path in
      let reading = try Reading(path)
      #expect(reading.outcome.defect != nil)
      #expect((1...8).contains(reading.frames.count))
      #expect(reading.numbers()[0] == 0)
      #expect(reading.times == reading.times.sorted())
    }
  }

  @Test("damage in the middle leaves the frames around it")
  func damaged() throws {
    var bytes = try bytes(of: "offset.ts")
    for position in (bytes.count / 3)..<(bytes.count / 3 + 1500) {
      bytes[position] = UInt8(truncatingIfNeeded: position &* 37)
    }
    try withFile(bytes) { path in
      let reading = try Reading(path)
      #expect(reading.outcome.defect != nil)
      #expect(reading.numbers().first == 0)
    }
  }

  @Test("a header without what it describes is undecodable", arguments: [60, 700])
  func headerOnly(count: Int) throws {
    let bytes = try bytes(of: "plain.mp4")
    try withFile(Array(bytes.prefix(count))) { #expect(trouble($0) == .undecodable) }
  }

  @Test(
    "no mutilation of a file brings the reader down",
    arguments: ["plain.mp4", "offset.ts", "vfr.mkv", "packed.avi", "colour-palette.gif"])
  func mutilated(name: String) throws {
    let original = try bytes(of: name)
    var state: UInt64 = 1
    for _ in 0..<40 {
      var bytes = original
      for _ in 0..<8 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 20)
      }
      try withFile(bytes) { _ = trouble($0) }
    }
  }

  @Test("a picture above the limit is refused, not decoded")
  func tooLarge() throws {
    var options = VideoReader.Options()
    options.pixelLimit = 96 * 64 - 1
    let error = #expect(throws: MediaError.self) {
      try VideoReader.read(fixture("plain.mp4"), options: options) { _ in }
    }
    #expect(error?.trouble == .tooLarge)
  }

  @Test("a video that says it is longer than allowed is refused before a frame of it is decoded")
  func tooLong() throws {
    var options = VideoReader.Options()
    options.longest = 0.1
    var taken = 0
    let error = #expect(throws: MediaError.self) {
      try VideoReader.read(fixture("plain.mp4"), options: options) { _ in taken += 1 }
    }
    #expect(error?.trouble == .tooLong && taken == 0)
    options.longest = 60
    _ = try VideoReader.read(fixture("plain.mp4"), options: options) { _ in taken += 1 }
    #expect(taken > 0)
  }

  @Test("a video that has had its time is given up")
  func timeout() throws {
    var options = VideoReader.Options()
    options.timeLimit = .zero
    let error = #expect(throws: MediaError.self) {
      try VideoReader.read(fixture("plain.mp4"), options: options) { _ in }
    }
    #expect(error?.trouble == .timeout)
  }

  @Test("an error is one line that names the file and the reason")
  func message() throws {
    let path = try fixture("sound.mp4")
    let error = #expect(throws: MediaError.self) { try VideoReader.read(path) { _ in } }
    #expect(error?.description == "\(path): no-video-stream")
  }
}
