import Dataset
import Foundation
import Media
import Storage
import SystemPackage
import Testing

@testable import Extraction

/// An answer of a worker that was taken over: it is well formed, as far as that goes, and wrong.
struct ForgedAnswer: Sendable {
  var name: String
  /// Of the video that was asked for.
  var id: String
  var bytes: [UInt8]
  /// Whether it would do for a video of the same id in another file.
  var namesOtherFile = false

  /// - Parameters:
  ///   - header: what is read as `ExtractedVideo.Header`.
  ///   - frames: how many there are of `frame`.
  init(_ name: String, id: String, header: String, frames: Int, namesOtherFile: Bool) {
    (self.name, self.id, self.namesOtherFile) = (name, id, namesOtherFile)
    bytes =
      Parcel(
        header: Array(header.utf8), body: Array(repeatElement(Self.frame, count: frames).joined())
      ).bytes
  }

  /// A baseline JPEG of 32×32 pixels, 31 bytes, as far as its header goes.
  static let frame: [UInt8] =
    [0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8, 0, 32, 0, 32, 1, 1, 0x11, 0]
    + [0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0, 1, 2, 3, 0xFF, 0xD9]

  /// The header of two frames, all of which holds, but for what is given.
  static func header(
    _ id: String, times: String = "[0, 1]", status: String = "complete", mode: String = "exact",
    duration: String = "2", width: String = "64", jpegs: String? = nil, row: String = "null"
  ) -> String {
    let bytes = frame.count
    return """
      {"sample": {"id": "\(id)", "timestamps": \(times), "status": "\(status)", "mode": "\(mode)", \
      "codec": "h264", "duration": \(duration), "rotation": 0, "source_width": \(width), "source_height": 64, \
      "frame_width": 32, "frame_height": 32}, "quarantine": \(row), \
      "jpegs": \(jpegs ?? "[\(bytes), \(bytes)]"), "is_retried": false}
      """
  }

  static func row(
    _ id: String, reason: String = "empty", detail: String = "x", file: String? = nil, frames: String = "0"
  ) -> String {
    """
    {"id": "\(id)", "reason": "\(reason)", "detail": "\(detail)", "file": "\(file ?? "\(id).mp4")", \
    "frames": \(frames)}
    """
  }

  static func withoutFrames(_ row: String) -> String {
    #"{"quarantine": \#(row), "jpegs": [], "is_retried": false}"#
  }

  /// Three bytes in one spelling, five in the other, and the same to Swift.
  static let (composed, decomposed) = ("\u{1EC7}", "e\u{323}\u{302}")
  /// Of 180 bytes; in the other spelling of 300, more than an id may have.
  static let long = String(repeating: composed, count: 60)
  static let tooLong = String(repeating: decomposed, count: 60)

  static let all: [ForgedAnswer] = {
    var all: [ForgedAnswer] = []
    func add(
      _ name: String, id: String? = nil, frames: Int = 2, namesOtherFile: Bool = false,
      header: (_ id: String) -> String
    ) {
      let id = id ?? "v\(all.count)"
      all.append(
        ForgedAnswer(name, id: id, header: header(id), frames: frames, namesOtherFile: namesOtherFile))
    }
    add("an id that only looks the same", id: composed) { _ in header(decomposed) }
    add("an id that only looks the same, and is too long", id: "a" + long) { _ in header("a" + tooLong) }
    add("a row of an id that only looks the same, and is too long", id: "b" + long, frames: 0) {
      withoutFrames(row("b" + tooLong, file: "\($0).mp4"))
    }
    add("a row of a file that only looks the same", id: "c" + composed, frames: 0, namesOtherFile: true) {
      withoutFrames(row($0, file: "c\(decomposed).mp4"))
    }
    add("a row without a file", frames: 0, namesOtherFile: true) {
      withoutFrames(#"{"id": "\#($0)", "reason": "empty", "detail": "", "frames": 0}"#)
    }
    add("another video's frames") { _ in header("w") }
    add("another video's row", frames: 0) { withoutFrames(row("w", file: "\($0).mp4")) }
    add("nothing at all", frames: 0) { _ in #"{"jpegs": [], "is_retried": false}"# }
    add("no header") { _ in "" }
    add("nested without end", frames: 0) { _ in String(repeating: "[", count: Parcel.headerLimit) }
    add("a number without bounds") { header($0, width: "1e300") }
    add("a number that no word holds") { header($0, width: "9223372036854775808") }
    add("times beyond any clock") { header($0, times: "[0, 1e999]") }
    add("times that no whole number holds") { header($0, times: "[0, 1e300]") }
    add("times that go back") { header($0, times: "[1, 0]") }
    add("a duration that no whole number holds") { header($0, duration: "1e300") }
    add("a duration below zero") { header($0, duration: "-1") }
    add("more frames than times") { header($0, times: "[0]") }
    add("fewer bytes than frames", frames: 1) { header($0) }
    add("more bytes than frames", frames: 3) { header($0) }
    add("frames of less than nothing") { header($0, jpegs: "[-31, 93]") }
    add("frames whose sizes overflow") { header($0, jpegs: "[\(Int.max), \(Int.max)]") }
    add("frames of no bytes") { header($0, jpegs: "[0, 62]") }
    add("no frames, and complete", frames: 0) { header($0, times: "[]", jpegs: "[]") }
    add("keyframes that nobody asked for") { header($0, mode: "keyframes") }
    add("truncated, without a row") { header($0, status: "truncated") }
    add("complete, with a row") { header($0, row: row($0, reason: "truncated", frames: "2")) }
    add("a row of fewer frames than none", frames: 0) { withoutFrames(row($0, frames: "-1")) }
    add("a row of frames that are not there", frames: 0) {
      withoutFrames(row($0, reason: "truncated", frames: "2"))
    }
    add("a row that is a page", frames: 0) {
      withoutFrames(row($0, detail: String(repeating: "x", count: 5000)))
    }
    add("a row that steers a terminal", frames: 0) { withoutFrames(row($0, detail: #"\u009b31m"#)) }
    return all
  }()
}

@Suite("A forged answer")
struct ForgedAnswerTests {
  private func says(_ answer: ForgedAnswer) -> (id: String, content: [UInt8]) {
    (answer.id, Array("say ".utf8) + answer.bytes)
  }

  @Test("is a crash of its video, whatever is forged, and ends nothing")
  func forged() throws {
    let place = try Workplace()
    var extractor = try place.hostile(
      videos: ForgedAnswer.all.map(says) + [("w", Array("fine".utf8))])
    extractor.options.timeLimit = .seconds(20)
    #expect(try extractor.run().quarantined == ["crash": ForgedAnswer.all.count, "empty": 1])
    for (answer, row) in zip(ForgedAnswer.all, try place.quarantine()) {
      #expect(row.detail == "its reader answered nonsense", "\(answer.name)")
      #expect(row.id.utf8.elementsEqual(answer.id.utf8), "\(answer.name)")
    }
  }

  @Test("differs from what is right in one thing: the same without it is taken")
  func right() throws {
    let place = try Workplace()
    let answer = ForgedAnswer(
      "nothing forged", id: "v", header: ForgedAnswer.header("v"), frames: 2, namesOtherFile: false)
    var extractor = try place.hostile(videos: [says(answer)])
    extractor.options.timeLimit = .seconds(20)
    #expect(try extractor.run().extracted == 1)
  }

  @Test("that an earlier program believed, and has in its spool, is passed over, and the video read again")
  func spooled() throws {
    for answer in ForgedAnswer.all where !answer.namesOtherFile {
      let place = try Workplace()
      var extractor = try place.hostile(videos: [(answer.id, Array("fine".utf8))])
      extractor.workers = 1
      // What one leaves that was ended when the answer had come.
      let options = extractor.options
      let plan = ExtractionPlan(
        .init(
          framesPerSecond: options.framesPerSecond, maximumFrames: options.maximumFrames,
          shortSide: options.shortSide, quality: extractor.quality), ids: [answer.id],
        shardSize: extractor.shardSize, isRetry: false)
      let work = WorkFolder(output: extractor.output)
      try Folder.create(work.path)
      try JSONText.write(plan, to: work.plan)
      try AtomicFile.write(answer.bytes, to: work.spool(0, of: plan))
      #expect(try extractor.run().quarantined == ["empty": 1], "\(answer.name)")
      #expect(try place.quarantine().map(\.detail) == ["fine"], "\(answer.name)")
    }
  }
}

@Suite("A file with absurd times")
struct AbsurdTimesTests {
  @Test("is said to have them, rather than that its reader crashed")
  func times() throws {
    let place = try Workplace()
    try place.add("plain.mp4", as: "v.mp4")
    let extractor = try place.extractor(["v"])
    let path = extractor.videos.appending("v.mp4")
    var bytes = try Files.read(path)
    func change(_ box: String, _ offset: Int, _ value: UInt32) throws {
      let place = try #require(bytes.indices.first { bytes[$0...].starts(with: Array(box.utf8)) }) + offset
      for byte in 0..<4 { bytes[place + byte] = UInt8(truncatingIfNeeded: value >> (24 - 8 * byte)) }
    }
    // A frame every 2³⁰ seconds, and no edit list that leaves the later ones out.
    try change("mdhd", 16, 1)
    try change("stts", 16, 1 << 30)
    try change("edts", 0, 0x6672_6565)  // free
    try place.write(Data(bytes), as: "v.mp4")
    let request = VideoRequest(id: "v", file: "v.mp4", options: extractor.options, quality: 90)
    let video = ExtractedVideo(reading: try VideoReader.open(path), for: request)
    #expect(video.quarantine?.detail == "its times are beyond any clock")
    #expect(video.answers(request))
  }
}

@Suite("A forged header")
struct ForgedHeaderTests {
  let right = ProbedVideo(
    id: "v", VideoProbe(container: "mov", codec: "h264", width: 64, height: 48, duration: 1.5))
  let request = VideoRequest(.header, id: "v", file: "v.mp4", options: VideoReader.Options())

  @Test(
    "answers nothing but what was asked for, in numbers and names that a table can hold",
    arguments: [
      { $0.id = "w" }, { $0.probe = nil }, { $0.probe?.codec = "a b" }, { $0.probe?.container = "" },
      { $0.probe?.width = -1 }, { $0.probe?.height = .max }, { $0.probe?.duration = 1e300 },
      { $0.quarantine = QuarantineRow(id: "v", reason: .empty, detail: "", file: "v.mp4") },
    ] as [@Sendable (inout ProbedVideo) -> Void])
  func header(change: @Sendable (inout ProbedVideo) -> Void) {
    var changed = right
    change(&changed)
    #expect(right.answers(request) && !changed.answers(request))
  }

  @Test(
    "gives no reason that the ledger could not hold",
    arguments: [
      { _ in }, { $0.id = "w" }, { $0.file = "w.mp4" }, { $0.file = nil }, { $0.detail = "a\nb" },
      { $0.frames = 1 },
      { $0.reason = .truncated },
    ] as [@Sendable (inout QuarantineRow) -> Void])
  func reason(change: @Sendable (inout QuarantineRow) -> Void) {
    let row = QuarantineRow(id: "v", reason: .empty, detail: "x", file: "v.mp4")
    var changed = row
    change(&changed)
    #expect(ProbedVideo(changed).answers(request) == (changed == row))
  }
}
