import Foundation
import Images
import Testing

@Suite("Resizing")
struct ResamplingTests {
  struct Case: Decodable {
    var filter: String
    /// Width and height.
    var source: [Int]
    var width: Int
    var height: Int
    var pixels: [UInt8]
  }

  @Test("results are Pillow's, pixel by pixel, also where a kernel overshoots between the two axes")
  func pillow() throws {
    for expected in try JSONDecoder().decode([Case].self, from: Data(fixture("resized.json"))) {
      var pixels: [UInt8] = []
      for y in 0..<expected.source[1] {
        for x in 0..<expected.source[0] {
          for c in 0..<3 { pixels.append(UInt8((x * 37 + y * 91 + c * 53) % 256)) }
        }
      }
      let picture = RGBImage(width: expected.source[0], height: expected.source[1], pixels: pixels)
      let resized = picture.resized(
        width: expected.width, height: expected.height,
        filter: expected.filter == "bicubic" ? .bicubic : .bilinear)
      let reference = RGBImage(width: expected.width, height: expected.height, pixels: expected.pixels)
      let difference = greatestDifference(resized, reference)
      #expect(
        difference == 0,
        "\(expected.filter), \(expected.source) to \(expected.width)×\(expected.height): \(difference)")
    }
  }

  @Test(
    "an even surface stays exactly as it is", arguments: [(1, 1), (3, 100), (64, 48), (37, 211)],
    [ResamplingFilter.bilinear, .bicubic])
  func constant(size: (width: Int, height: Int), filter: ResamplingFilter) {
    let picture = RGBImage(
      width: 53, height: 31, pixels: Array(repeating: [250, 3, 128], count: 53 * 31).flatMap { $0 })
    let resized = picture.resized(width: size.width, height: size.height, filter: filter)
    #expect(
      stride(from: 0, to: resized.pixels.count, by: 3).allSatisfy {
        Array(resized.pixels[$0..<($0 + 3)]) == [250, 3, 128]
      })
  }

  @Test(
    "every source pixel counts: a checkerboard becomes grey, at odd ratios too", arguments: [2, 3, 4, 5, 7])
  func checkerboard(ratio: Int) {
    let side = 16 * ratio
    let pixels = (0..<side).flatMap { y in
      (0..<side).flatMap { x in Array(repeating: (x + y) % 2 == 0 ? 255 : UInt8(0), count: 3) }
    }
    let resized = RGBImage(width: side, height: side, pixels: pixels).resized(width: 16, height: 16)
    let inner = resized.cropped(x: 1, y: 1, width: 14, height: 14)
    #expect(inner.pixels.allSatisfy { abs(Int($0) - 128) <= 8 })
  }

  @Test("a region is resized as if it had been cropped first")
  func region() {
    let picture = gradient(width: 60, height: 40)
    let region = Region(x: 11, y: 7, width: 31, height: 19)
    let cropped = picture.cropped(x: 11, y: 7, width: 31, height: 19)
    #expect(picture.resized(width: 8, height: 8, from: region) == cropped.resized(width: 8, height: 8))
    #expect(picture.resized(width: 31, height: 19, from: region) == cropped)
  }

  @Test(
    "the short side is met and the long side rounded",
    arguments: [
      (640, 480, 341, 256), (480, 640, 256, 341), (1, 1, 256, 256), (1920, 1080, 455, 256), (2, 3, 256, 384),
    ])
  func shortSide(width: Int, height: Int, fittedWidth: Int, fittedHeight: Int) {
    #expect(RGBImage.size(width: width, height: height, fittedTo: 256) == (fittedWidth, fittedHeight))
  }
}

@Suite("Crops and turns")
struct GeometryTests {
  /// Six pixels that are told apart by their red: 0 1 2 above 3 4 5.
  let picture = RGBImage(width: 3, height: 2, pixels: (0..<6).flatMap { [$0, 100 + $0, 200 + $0] })

  func reds(_ picture: RGBImage) -> [UInt8] {
    stride(from: 0, to: picture.pixels.count, by: 3).map { picture.pixels[$0] }
  }

  @Test("a crop holds the pixels of its rectangle")
  func crop() {
    #expect(reds(picture.cropped(x: 1, y: 0, width: 2, height: 2)) == [1, 2, 4, 5])
    #expect(reds(picture.cropped(x: 2, y: 1, width: 1, height: 1)) == [5])
  }

  @Test(
    "positive turns go clockwise",
    arguments: [
      (1, [3, 0, 4, 1, 5, 2]), (2, [5, 4, 3, 2, 1, 0]), (3, [2, 5, 1, 4, 0, 3]), (-1, [2, 5, 1, 4, 0, 3]),
      (4, [0, 1, 2, 3, 4, 5]),
    ]
      as [(Int, [UInt8])])
  func turns(quarters: Int, expected: [UInt8]) {
    let turned = picture.rotated(quarterTurns: quarters)
    #expect(reds(turned) == expected)
    #expect((turned.width, turned.height) == (quarters % 2 == 0 ? (3, 2) : (2, 3)))
    #expect(turned.rotated(quarterTurns: -quarters) == picture)
  }

  @Test("mirrored, flipped and transposed are what they say")
  func orientations() {
    #expect(reds(picture.oriented(transposed: false, mirrored: true, flipped: false)) == [2, 1, 0, 5, 4, 3])
    #expect(reds(picture.oriented(transposed: false, mirrored: false, flipped: true)) == [3, 4, 5, 0, 1, 2])
    #expect(reds(picture.oriented(transposed: true, mirrored: false, flipped: false)) == [0, 3, 1, 4, 2, 5])
  }

  @Test(
    "A window shows what cutting it from the whole would", arguments: [ResamplingFilter.bilinear, .bicubic])
  func window(filter: ResamplingFilter) {
    let pixels = (0..<20 * 13 * 3).map { UInt8(($0 * 37) % 256) }
    let image = RGBImage(width: 20, height: 13, pixels: pixels)
    let region = Region(x: 1, y: 2, width: 18, height: 10)
    let whole = image.resized(width: 11, height: 17, from: region, filter: filter)
    let window = Region(x: 3, y: 5, width: 6, height: 9)
    let part = image.resized(width: 11, height: 17, from: region, filter: filter, showing: window)
    #expect(part.width == 6 && part.height == 9)
    #expect(part.pixels == whole.cropped(x: 3, y: 5, width: 6, height: 9).pixels)
    // Also where nothing is scaled.
    let small = Region(x: 3, y: 5, width: 6, height: 4)
    let same = image.resized(width: 18, height: 10, from: region, filter: filter, showing: small)
    #expect(same.pixels == image.cropped(x: 4, y: 7, width: 6, height: 4).pixels)
  }
}
