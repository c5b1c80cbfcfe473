import Images
import RunFixtures
import Storage
import Testing

@testable import Batching

/// The ways of published preprocessing.
@Suite struct FramingTests {
  /// A lying or standing picture without hard edges.
  private func gradients(width: Int, height: Int) -> RGBImage {
    var pixels: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        pixels += [UInt8(x * 9 + y * 4), UInt8(250 - x * 5 - y * 7), UInt8(x * y * 9 / 10)]
      }
    }
    return RGBImage(width: width, height: height, pixels: pixels)
  }

  // Made by Pillow and the arithmetic of torchvision's Resize and CenterCrop: input 6 of 0.8, so scaled to 7 first.
  @Test(
    "The input equals what timm makes of a frame, pixel by pixel",
    arguments: [
      (
        21, 14, Framing(.centerCrop, crop: 0.8, .bicubic),
        [
          45, 222, 2, 64, 212, 3, 83, 201, 4, 101, 191, 5, 120, 180, 6, 139, 170, 7, 53, 209, 10, 72, 199, 15,
          91, 188, 20, 109, 178, 24, 128, 167, 28, 147, 157, 33, 61, 195, 19, 80, 185, 27, 99, 174, 36, 117,
          164, 44, 136, 153, 53, 155, 143, 62, 69, 181, 27, 88, 171, 40, 107, 160, 52, 125, 150, 64, 144, 139,
          77, 163, 129, 89, 77, 167, 36, 96, 157, 52, 115, 146, 68, 133, 136, 84, 152, 125, 100, 171, 115,
          117, 85, 152, 45, 104, 142, 65, 123, 131, 85, 141, 121, 104, 160, 110, 124, 179, 100, 144,
        ]
      ),
      (
        14, 21, Framing(.centerCrop, crop: 0.8, .bilinear),
        [
          25, 213, 3, 42, 205, 10, 60, 195, 19, 78, 185, 27, 96, 175, 36, 114, 165, 44, 33, 198, 4, 50, 190,
          15, 68, 180, 27, 86, 170, 40, 104, 160, 52, 122, 150, 64, 42, 183, 6, 59, 175, 20, 77, 165, 36, 95,
          155, 52, 113, 145, 68, 131, 135, 84, 50, 169, 7, 67, 161, 25, 85, 151, 45, 103, 141, 65, 121, 131,
          85, 139, 121, 105, 59, 154, 8, 76, 146, 29, 94, 136, 53, 112, 126, 77, 130, 116, 101, 148, 106, 124,
          67, 139, 9, 84, 131, 34, 102, 121, 62, 120, 111, 89, 138, 101, 117, 156, 91, 144,
        ]
      ),
      (
        21, 14, Framing(.squash, crop: 0.8, .bicubic),
        [
          12, 241, 0, 37, 226, 2, 65, 211, 3, 92, 196, 5, 119, 181, 6, 147, 166, 8, 20, 228, 2, 45, 213, 8,
          73, 198, 15, 100, 183, 22, 127, 168, 28, 155, 153, 35, 28, 214, 4, 53, 199, 16, 81, 184, 28, 108,
          169, 41, 135, 154, 52, 163, 139, 65, 36, 200, 6, 61, 185, 22, 89, 170, 41, 116, 155, 59, 143, 140,
          75, 171, 125, 94, 44, 186, 8, 69, 171, 30, 97, 156, 53, 124, 141, 77, 151, 126, 99, 179, 111, 122,
          52, 171, 10, 77, 156, 37, 105, 141, 66, 132, 126, 95, 159, 111, 123, 187, 96, 152,
        ]
      ),
    ] as [(Int, Int, Framing, [Int])])
  func parity(width: Int, height: Int, framing: Framing, wanted: [Int]) {
    let input = gradients(width: width, height: height).input(size: 6, framing)
    #expect(input.width == 6 && input.height == 6)
    #expect(input.pixels.map(Int.init) == wanted)
  }

  @Test(
    "A frame without changes is scaled once, though its square has room for crops; a changed one comes from the square"
  )
  func crops() throws {
    let jpeg = try jpeg(picture([red, blue], width: 64, height: 48))
    let framing = Framing(.centerCrop, crop: 0.8, .bicubic)
    let frame = try SquareFrame(jpeg: jpeg, size: 16, kept: 32, framing)
    let whole = try JPEG.decode(jpeg).input(size: 16, framing)
    #expect(frame.image.width == 32)
    #expect(frame.input(size: 16, view: nil).pixels == whole.pixels)
    let left = frame.input(size: 16, view: FrameView(width: 0.5, height: 0.5, x: 0, y: 0))
    #expect(left.pixels[0] > 200 && left.pixels[15 * 3] > 200)
    // Without room for crops nothing is kept besides the input.
    let plain = try SquareFrame(jpeg: jpeg, size: 16, kept: 16, framing)
    #expect(plain.image.pixels == whole.pixels && plain.bytes == 16 * 16 * 3)
  }

  @Test("A picture of absurd shape needs no memory for what is cropped away")
  func absurd() {
    let strip = RGBImage(width: 1, height: 16_000, pixels: [UInt8](repeating: 9, count: 48_000))
    let input = strip.input(size: 224, Framing(.centerCrop, crop: 0.875, .bicubic))
    #expect(input.pixels.count == 224 * 224 * 3 && input.pixels.allSatisfy { $0 == 9 })
  }

  @Test(
    "A crop that leaves nothing is refused, and so is one of the square",
    arguments: [
      (Framing(.centerCrop, crop: 0.05), "from 0.1"), (.init(.middleSquare, crop: 0.9), "must be 1"),
    ])
  func refused(framing: Framing, reason: String) {
    var checks = SettingChecks()
    framing.check(&checks)
    #expect(checks.problem?.reason.contains(reason) == true)
  }
}
