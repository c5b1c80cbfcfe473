import Images
import Testing

@Suite("Luma and colour differences")
struct YUVImageTests {
  /// Red grows to the right, green downwards, by the formulas of JFIF.
  func gradient(width: Int, height: Int) -> YUVImage {
    let colour = { (x: Double, y: Double) -> (luma: Double, blue: Double, red: Double) in
      let (red, green, blue) = (255 * x / Double(width), 255 * y / Double(height), 60.0)
      let luma = 0.299 * red + 0.587 * green + 0.114 * blue
      return (luma, 128 + (blue - luma) / 1.772, 128 + (red - luma) / 1.402)
    }
    var luma: [UInt8] = []
    for y in 0..<height { for x in 0..<width { luma.append(UInt8(colour(Double(x), Double(y)).luma)) } }
    var (blue, red): ([UInt8], [UInt8]) = ([], [])
    for y in 0..<((height + 1) / 2) {
      for x in 0..<((width + 1) / 2) {
        // The middle of the pixels that it stands for.
        let value = colour(
          min(Double(2 * x) + 0.5, Double(width - 1)), min(Double(2 * y) + 0.5, Double(height - 1)))
        blue.append(UInt8(value.blue.rounded()))
        red.append(UInt8(value.red.rounded()))
      }
    }
    return YUVImage(width: width, height: height, luma: luma, blueDifference: blue, redDifference: red)
  }

  @Test(
    "planes are written as they are: the file shows their colours", arguments: [(64, 48), (33, 49), (1, 1)])
  func written(width: Int, height: Int) throws {
    let decoded = try JPEG.decode(
      JPEG.encode(.yuv(gradient(width: width, height: height)), quality: 98))
    #expect((decoded.width, decoded.height) == (width, height))
    for (x, y) in [(0, 0), (width / 2, height / 2), (width - 1, height - 1), (width - 1, 0)] {
      let pixel = (y * width + x) * 3
      let expected = [255 * x / width, 255 * y / height, 60]
      for channel in 0..<3 {
        #expect(
          abs(Int(decoded.pixels[pixel + channel]) - expected[channel]) <= 12,
          "\(x), \(y), channel \(channel)")
      }
    }
  }

  @Test("the same picture always gives the same bytes")
  func deterministic() throws {
    let picture = Picture.yuv(gradient(width: 45, height: 30))
    #expect(try JPEG.encode(picture, quality: 90) == JPEG.encode(picture, quality: 90))
  }

  @Test(
    "turned and mirrored planes show what turned and mirrored pixels show, in odd sizes too",
    arguments: [(12, 8), (13, 8), (12, 7), (13, 7)],
    [
      (true, false, false), (false, true, false), (false, false, true), (true, true, false),
      (true, false, true),
    ])
  func oriented(size: (width: Int, height: Int), layout: (Bool, Bool, Bool)) throws {
    // Colour is steep in a picture this small: being off by one pixel costs more than the tolerance.
    let picture = gradient(width: size.width, height: size.height)
    let turned = try JPEG.decode(
      JPEG.encode(
        .yuv(picture.oriented(transposed: layout.0, mirrored: layout.1, flipped: layout.2)), quality: 100))
    let reference = try JPEG.decode(JPEG.encode(.yuv(picture), quality: 100))
      .oriented(transposed: layout.0, mirrored: layout.1, flipped: layout.2)
    #expect((turned.width, turned.height) == (reference.width, reference.height))
    #expect(greatestDifference(turned, reference) <= 12)
  }
}
