import Images
import Testing

@Suite struct RotationTests {
  /// One bright pixel on black.
  private func dot(x: Int, y: Int, size: Int = 9) -> RGBImage {
    var pixels = [UInt8](repeating: 0, count: size * size * 3)
    for channel in 0..<3 { pixels[(y * size + x) * 3 + channel] = 200 }
    return RGBImage(width: size, height: size, pixels: pixels)
  }

  @Test(
    "A positive turn is clockwise, about the middle",
    arguments: [(90.0, 4, 8), (-90, 4, 0), (180, 0, 4), (360, 8, 4)])
  func direction(degrees: Double, x: Int, y: Int) {
    #expect(dot(x: 8, y: 4).rotated(degrees: degrees) == dot(x: x, y: y))
  }

  @Test("A quarter turn is the exact one, for a picture of any content")
  func quarter() {
    let pixels = (0..<5 * 5 * 3).map { UInt8($0 * 3) }
    let image = RGBImage(width: 5, height: 5, pixels: pixels)
    #expect(image.rotated(degrees: 90) == image.rotated(quarterTurns: 1))
  }

  @Test("An even picture stays even: no black corners, no rounding loss", arguments: [7.0, 30, -45])
  func even(degrees: Double) {
    let image = RGBImage(width: 11, height: 7, pixels: [UInt8](repeating: 255, count: 11 * 7 * 3))
    #expect(image.rotated(degrees: degrees) == image)
  }
}
