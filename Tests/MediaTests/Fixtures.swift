import Foundation
import Images
import SystemPackage
import Testing

@testable import Media

/// A video of `Fixtures/make.sh`.
func fixture(_ name: String) throws -> FilePath {
  let file = try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil))
  return FilePath(file.path)
}

/// A file of its own, gone when the test is over.
func withFile(_ bytes: [UInt8], named name: String = "video.mp4", _ body: (FilePath) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  let file = folder.appendingPathComponent(name)
  try Data(bytes).write(to: file)
  try body(FilePath(file.path))
}

func bytes(of name: String) throws -> [UInt8] { try bytes(of: fixture(name)) }

func bytes(of path: FilePath) throws -> [UInt8] {
  Array(try Data(contentsOf: URL(fileURLWithPath: path.string)))
}

extension [UInt8] {
  /// Where `pattern` begins for the last time.
  func lastIndex(ofPattern pattern: [UInt8]) -> Int? {
    indices.last { self[$0...].starts(with: pattern) }
  }
}

/// A frame in the colours of a screen.
struct SeenFrame: Equatable {
  var time: Double
  var picture: RGBImage

  init(_ frame: VideoReader.Frame) {
    time = frame.time
    switch frame.picture {
    case .rgb(let image): picture = image
    case .yuv(let image): picture = Self.seen(image)
    }
  }

  private static func seen(_ image: YUVImage) -> RGBImage {
    var pixels: [UInt8] = []
    for y in 0..<image.height {
      for x in 0..<image.width {
        let chroma = y / 2 * image.chromaWidth + x / 2
        let luma = Double(image.luma[y * image.width + x])
        let (blue, red) = (
          Double(image.blueDifference[chroma]) - 128, Double(image.redDifference[chroma]) - 128
        )
        for value in [luma + 1.402 * red, luma - 0.344136 * blue - 0.714136 * red, luma + 1.772 * blue] {
          pixels.append(UInt8(min(255, max(0, value.rounded()))))
        }
      }
    }
    return RGBImage(width: image.width, height: image.height, pixels: pixels)
  }
}

/// A video as read, with everything that a test asks about.
struct Reading {
  var outcome: VideoReader.Outcome
  var frames: [SeenFrame]

  init(
    _ path: FilePath, shortSide: Int = 64, maximumFrames: Int = 32, framesPerSecond: Double = 1,
    mode: VideoReader.Mode = .exact
  ) throws {
    var options = VideoReader.Options()
    options.shortSide = shortSide
    options.maximumFrames = maximumFrames
    options.framesPerSecond = framesPerSecond
    options.mode = mode
    let frames: [VideoReader.Frame]
    (outcome, frames) = try VideoReader.read(path, options: options) { $0 }
    self.frames = frames.map { SeenFrame($0) }
  }

  /// Which frames of the drawn video were taken, read from their grey.
  func numbers(step: Double = 7) -> [Int] {
    frames.map { Int(((mean($0.picture, 0.5...0.9, 0.5...0.9).green - 20) / step).rounded()) }
  }

  /// Times rounded to hundredths.
  var times: [Double] { frames.map { ($0.time * 100).rounded() / 100 } }
}

typealias Colour = (red: Double, green: Double, blue: Double)

/// The mean colour of a part of a picture, given in fractions of its width and height.
func mean(_ picture: RGBImage, _ across: ClosedRange<Double>, _ down: ClosedRange<Double>) -> Colour {
  var sum = (0, 0, 0)
  var count = 0
  for y in Int(
    down.lowerBound * Double(picture.height))..<max(1, Int(down.upperBound * Double(picture.height)))
  {
    for x in Int(
      across.lowerBound * Double(picture.width))..<max(1, Int(across.upperBound * Double(picture.width)))
    {
      let pixel = (y * picture.width + x) * 3
      sum.0 += Int(picture.pixels[pixel])
      sum.1 += Int(picture.pixels[pixel + 1])
      sum.2 += Int(picture.pixels[pixel + 2])
      count += 1
    }
  }
  let total = Double(max(1, count))
  return (Double(sum.0) / total, Double(sum.1) / total, Double(sum.2) / total)
}

/// The corner of the picture that holds the red mark, as (right, bottom).
func markedCorner(_ picture: RGBImage) -> [Bool]? {
  for bottom in [false, true] {
    for right in [false, true] {
      let colour = mean(
        picture, right ? 0.85...0.95 : 0.05...0.15, bottom ? 0.85...0.95 : 0.05...0.15)
      if colour.red > 180 && colour.green < 90 { return [right, bottom] }
    }
  }
  return nil
}

extension LocalFile {
  convenience init(_ path: FilePath, deadline: Deadline) throws(MediaError) {
    try self.init(Self.open(path), path: path, deadline: deadline)
  }
}
