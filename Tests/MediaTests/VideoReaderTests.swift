import Images
import Media
import SystemPackage
import Testing

@Suite("Reading videos")
struct VideoReaderTests {
  @Test("one frame a second is taken by presentation time, the first at 0, B frames or not")
  func onePerSecond() throws {
    let reading = try Reading(fixture("plain.mp4"))
    #expect(reading.numbers() == [0, 10, 20, 30])
    #expect(reading.times == [0, 1, 2, 3])
    #expect(reading.outcome.defect == nil)
    let source = reading.outcome.source
    #expect((source.width, source.height, source.rotation) == (96, 64, 0))
    #expect((source.codec, source.container) == ("h264", "mov"))
    #expect(abs(source.duration - 3.5) < 0.001)
  }

  @Test(
    "times count from the first frame, wherever the file's clock starts and whatever it lacks",
    arguments: [
      "offset.ts", "negative.ts", "untimed.h264", "packed.avi", "unknown-duration.mkv", "tenbit.mp4",
      "vp8.webm", "pyramid-hevc.mp4", "av1.mp4",
    ])
  func clocks(name: String) throws {
    let reading = try Reading(fixture(name))
    #expect(reading.numbers() == [0, 10, 20, 30])
    #expect(reading.times == [0, 1, 2, 3])
    #expect(reading.outcome.defect == nil)
  }

  @Test("frames before an edit list's start are decoded but not shown")
  func editList() throws {
    let reading = try Reading(fixture("edited.mp4"))
    #expect(reading.numbers() == [13, 23, 33])
    #expect(reading.times == [0, 1, 2])
  }

  @Test("with a variable frame rate the frame on the screen counts, not its number")
  func variableFrameRate() throws {
    // Frames 0–14 at 0, 0.1 … 1.4 s; 15–19 from 3.3 s on; 20–34 from 7 s on.
    let reading = try Reading(fixture("vfr.mkv"))
    #expect(reading.numbers() == [0, 10, 14, 14, 19, 19, 19, 20, 30])
    #expect(reading.times.prefix(4) == [0, 1, 1.4, 1.4])
    #expect(reading.times.suffix(2) == [7, 8])
  }

  @Test("a longer video is taken from over its whole length, never only from its beginning")
  func spread() throws {
    // Two frames a second for 45 s: the last one, number 89, comes at 44.5 s.
    let all = try Reading(fixture("long.mp4"), shortSide: 8)
    #expect(all.frames.count == 32)
    let expected = (0..<32).map { (k: Int) -> Int in Int(89 * Double(k) / 31 + 0.004) }
    #expect(all.numbers(step: 2.6) == expected)
    #expect(
      try Reading(fixture("long.mp4"), shortSide: 8, maximumFrames: 45).numbers(step: 2.6)
        == Array(stride(from: 0, to: 90, by: 2)))
    let three = try Reading(fixture("long.mp4"), shortSide: 8, maximumFrames: 3)
    #expect(three.numbers(step: 2.6) == [0, 44, 89])
    let one = try Reading(fixture("long.mp4"), shortSide: 8, maximumFrames: 1)
    #expect(one.numbers(step: 2.6) == [44])
  }

  @Test("more or fewer frames a second", arguments: [(2.0, [0, 5, 10, 15, 20, 25, 30]), (0.5, [0, 20])])
  func rates(framesPerSecond: Double, numbers: [Int]) throws {
    #expect(try Reading(fixture("plain.mp4"), framesPerSecond: framesPerSecond).numbers() == numbers)
  }

  @Test(
    "pictures come upright",
    arguments: [("turned90.mp4", 90), ("turned180.mp4", 180), ("turned270.mp4", 270)])
  func rotation(name: String, degrees: Int) throws {
    let reading = try Reading(fixture(name))
    let picture = try #require(reading.frames.first?.picture)
    #expect(reading.outcome.source.rotation == degrees)
    #expect((picture.width, picture.height) == (degrees == 180 ? (96, 64) : (64, 96)))
    #expect(markedCorner(picture) == [90: [true, false], 180: [true, true], 270: [false, true]][degrees])
  }

  @Test("pixels that are not square are made square, and the short side is that of the picture as shown")
  func pixelAspect() throws {
    let picture = try #require(try Reading(fixture("wide-pixels.mp4"), shortSide: 32).frames.first?.picture)
    #expect((picture.width, picture.height) == (96, 32))
    #expect(markedCorner(picture) == [false, false])
  }

  @Test("odd sizes keep their aspect", arguments: [(29, 37), (256, 327), (7, 9)])
  func oddSizes(shortSide: Int, longSide: Int) throws {
    let reading = try Reading(fixture("odd.webm"), shortSide: shortSide)
    let picture = try #require(reading.frames.first?.picture)
    #expect((picture.width, picture.height) == (longSide, shortSide))
    #expect(reading.numbers() == [0, 10, 20])
  }

  @Test("a picture size that changes in the middle is followed")
  func sizeChange() throws {
    let reading = try Reading(fixture("resized.h264"))
    #expect(reading.frames.map(\.picture.width) == [64, 96])
    #expect(reading.frames.map(\.picture.height) == [96, 64])
    #expect(reading.frames.allSatisfy { markedCorner($0.picture) == [false, false] })
  }

  @Test(
    "colours come out the same through every matrix, range and format",
    arguments: [
      "colour-bt601.mp4", "colour-bt709.mp4", "colour-bt709-full.mp4", "colour-bt2020.mp4",
      "colour-unsaid-hd.mp4",
      "colour-mjpeg.avi", "colour-palette.gif", "half-transparent.mov",
    ])
  func colours(name: String) throws {
    let picture = try #require(try Reading(fixture(name)).frames.first?.picture)
    let colour = mean(picture, 0.1...0.4, 0.1...0.9)
    #expect(
      abs(colour.red - 200) <= 4 && abs(colour.green - 60) <= 4 && abs(colour.blue - 40) <= 4, "\(colour)")
  }

  @Test("what is transparent shows black")
  func transparency() throws {
    let picture = try #require(try Reading(fixture("half-transparent.mov")).frames.first?.picture)
    #expect(mean(picture, 0.6...0.9, 0.1...0.9) == (0, 0, 0))
  }

  @Test("grey of 12 bits is grey")
  func grey() throws {
    let picture = try #require(try Reading(fixture("grey.mp4")).frames.first?.picture)
    let colour = mean(picture, 0...1, 0...1)
    // The luma of R 200 G 60 B 40 by BT.601.
    #expect(
      abs(colour.red - 99.6) <= 3 && colour.red == colour.green && colour.red == colour.blue, "\(colour)")
  }

  @Test(
    "of several video streams the default one counts, then the largest, never a cover picture",
    arguments: [("default-stream.mkv", 32), ("largest-stream.mkv", 96), ("video-cover.mp4", 96)])
  func streamChoice(name: String, width: Int) throws {
    #expect(try Reading(fixture(name)).outcome.source.width == width)
  }

  @Test("the same file gives the same pictures every time")
  func deterministic() throws {
    #expect(try Reading(fixture("plain.mp4")).frames == Reading(fixture("plain.mp4")).frames)
  }
}
