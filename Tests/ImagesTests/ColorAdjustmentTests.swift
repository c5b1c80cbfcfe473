import Images
import Testing

@Suite struct ColorAdjustmentTests {
  private let image = RGBImage(width: 2, height: 1, pixels: [100, 50, 20, 10, 60, 200])

  @Test("Factors of 1 change nothing")
  func nothing() { #expect(image.adjusted(ColorAdjustment()) == image) }

  @Test("Brightness multiplies, and stops at white")
  func brightness() {
    #expect(image.adjusted(ColorAdjustment(brightness: 1.5)).pixels == [150, 75, 30, 15, 90, 255])
  }

  @Test("Contrast 0 is the picture's mean grey; above 1 it moves away from it")
  func contrast() {
    // Lumas by ITU-R 601: 61.53 and 61.01; their mean is 61.27.
    #expect(image.adjusted(ColorAdjustment(contrast: 0)).pixels == [61, 61, 61, 61, 61, 61])
    #expect(image.adjusted(ColorAdjustment(contrast: 2)).pixels == [139, 39, 0, 0, 59, 255])
  }

  @Test("Saturation 0 is grey, each pixel its own")
  func saturation() {
    #expect(image.adjusted(ColorAdjustment(saturation: 0)).pixels == [62, 62, 62, 61, 61, 61])
  }
}
