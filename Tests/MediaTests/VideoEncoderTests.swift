import Foundation
import Images
import Media
import Storage
import SystemPackage
import Testing

@Suite("Encoding")
struct VideoEncoderTests {
  /// Blue, with the top left quarter yellow, fading to black over the frames.
  private static func picture(width: Int, height: Int, brightness: Double) -> RGBImage {
    var pixels: [UInt8] = []
    let full = UInt8((255 * brightness).rounded())
    for row in 0..<height {
      for column in 0..<width {
        pixels += row < height / 2 && column < width / 2 ? [full, full, 0] : [0, 0, full]
      }
    }
    return RGBImage(width: width, height: height, pixels: pixels)
  }

  private static func pictures(width: Int, height: Int, count: Int) -> [RGBImage] {
    (0..<count).map { picture(width: width, height: height, brightness: 1 - Double($0) / Double(2 * count)) }
  }

  /// The pictures that the reader finds in the file, one for each second, not scaled.
  private func decoded(_ bytes: [UInt8], shortSide: Int) throws -> (VideoReader.Outcome, [SeenFrame]) {
    let path = FilePath(NSTemporaryDirectory()).appending("encoded-\(UUID().uuidString).mp4")
    defer { try? FileManager.default.removeItem(atPath: path.string) }
    try AtomicFile.write(bytes, to: path)
    var options = VideoReader.Options()
    options.shortSide = shortSide
    let (outcome, frames) = try VideoReader.read(path, options: options) { $0 }
    return (outcome, frames.map { SeenFrame($0) })
  }

  @Test(
    "What is encoded is what is decoded: size, moments and colours",
    arguments: [(64, 48), (33, 49), (16, 16)])
  func roundTrip(width: Int, height: Int) throws {
    let pictures = Self.pictures(width: width, height: height, count: 4)
    let bytes = try VideoEncoder.encode(pictures, framesPerSecond: 1)
    let (outcome, frames) = try decoded(bytes, shortSide: min(width, height))
    #expect(outcome.defect == nil)
    #expect(outcome.source.codec == "mpeg4")
    // The last frame lasts as long as the others: a packet without a duration would make three seconds of four.
    #expect(abs(outcome.source.duration - 4) < 1e-6)
    #expect(frames.map(\.time) == [0, 1, 2, 3])
    for (frame, picture) in zip(frames, pictures) {
      #expect((frame.picture.width, frame.picture.height) == (width, height))
      #expect(meanDifference(frame.picture, picture) < 12)  // of 255; wrong colours differ by 85 and more
    }
  }

  @Test("A rotation turns what players show clockwise", arguments: [0, 90, 180, 270])
  func rotation(degrees: Int) throws {
    let picture = Self.picture(width: 64, height: 48, brightness: 1)
    let bytes = try VideoEncoder.encode([picture], framesPerSecond: 1, rotation: degrees)
    let (outcome, frames) = try decoded(bytes, shortSide: 48)
    #expect(outcome.source.rotation == degrees)
    let shown = try #require(frames.first).picture
    let expected = picture.rotated(quarterTurns: degrees / 90)
    #expect((shown.width, shown.height) == (expected.width, expected.height))
    #expect(meanDifference(shown, expected) < 12)
  }

  @Test("Equal pictures give equal bytes, whatever else is being encoded")
  func deterministic() async throws {
    let files = try await withThrowingTaskGroup(of: [UInt8].self) { group in
      for _ in 0..<4 {
        group.addTask {
          try VideoEncoder.encode(Self.pictures(width: 48, height: 32, count: 9), framesPerSecond: 8)
        }
      }
      return try await group.reduce(into: Set<[UInt8]>()) { $0.insert($1) }
    }
    #expect(files.count == 1)
  }

  private func meanDifference(_ one: RGBImage, _ other: RGBImage) -> Double {
    let total = zip(one.pixels, other.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
    return Double(total) / Double(one.pixels.count)
  }
}
