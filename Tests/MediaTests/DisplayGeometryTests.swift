import CFFmpeg
import Images
import Testing

@testable import Media

@Suite("How a stored picture is shown")
struct DisplayGeometryTests {
  /// A picture of six pixels, 0 1 2 above 3 4 5, laid out by the matrix `[a b; c d]`.
  func shown(_ a: Int32, _ b: Int32, _ c: Int32, _ d: Int32) -> [UInt8] {
    let unit: Int32 = 1 << 16
    let geometry = DisplayGeometry(
      matrix: [a * unit, b * unit, 0, c * unit, d * unit, 0, 0, 0, 1 << 30],
      pixelAspect: AVRational(num: 0, den: 1))
    let picture = RGBImage(width: 3, height: 2, pixels: (0..<6).flatMap { [$0, 0, 0] })
      .oriented(transposed: geometry.transposed, mirrored: geometry.mirrored, flipped: geometry.flipped)
    return stride(from: 0, to: picture.pixels.count, by: 3).map { picture.pixels[$0] }
  }

  @Test("all eight layouts of the display matrix")
  func layouts() {
    #expect(shown(1, 0, 0, 1) == [0, 1, 2, 3, 4, 5])
    #expect(shown(0, 1, -1, 0) == [3, 0, 4, 1, 5, 2])
    #expect(shown(-1, 0, 0, -1) == [5, 4, 3, 2, 1, 0])
    #expect(shown(0, -1, 1, 0) == [2, 5, 1, 4, 0, 3])
    #expect(shown(-1, 0, 0, 1) == [2, 1, 0, 5, 4, 3])
    #expect(shown(1, 0, 0, -1) == [3, 4, 5, 0, 1, 2])
    #expect(shown(0, 1, 1, 0) == [0, 3, 1, 4, 2, 5])
    #expect(shown(0, -1, -1, 0) == [5, 2, 4, 1, 3, 0])
    #expect(shown(0, 0, 0, 0) == [0, 1, 2, 3, 4, 5])
  }

  @Test(
    "the scaled size keeps the shown aspect and stays bounded",
    arguments: [
      (1920, 1080, 1, 1, "455×256"), (720, 576, 16, 15, "341×256"), (3, 5, 1, 1, "256×427"),
      (16_384, 2, 1, 1, "4096×1"), (100, 100, Int32.max, 1, "256×256"),
    ])
  func sizes(width: Int, height: Int, aspect: Int32, over: Int32, expected: String) {
    var geometry = DisplayGeometry(matrix: nil, pixelAspect: AVRational(num: aspect, den: over))
    for transposed in [false, true] {
      geometry.transposed = transposed
      let size = geometry.scaledSize(width: width, height: height, shortSide: 256)
      #expect("\(size.width)×\(size.height)" == expected)
    }
  }
}
