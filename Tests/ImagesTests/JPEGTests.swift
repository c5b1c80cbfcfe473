import Foundation
import Images
import Testing

func fixture(_ name: String) throws -> [UInt8] {
  let file = try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil))
  return Array(try Data(contentsOf: file))
}

/// A smooth picture, which JPEG keeps almost as it is: red grows to the right, green downwards.
func gradient(width: Int, height: Int) -> RGBImage {
  var pixels: [UInt8] = []
  for y in 0..<height {
    for x in 0..<width {
      pixels += [UInt8(255 * x / max(1, width - 1)), UInt8(255 * y / max(1, height - 1)), 60]
    }
  }
  return RGBImage(width: width, height: height, pixels: pixels)
}

func greatestDifference(_ a: RGBImage, _ b: RGBImage) -> Int {
  precondition(a.width == b.width && a.height == b.height)
  return zip(a.pixels, b.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 0
}

@Suite("JPEG")
struct JPEGTests {
  @Test(
    "a picture comes back the way it was, with its channels in order",
    arguments: [(64, 48), (33, 17), (1, 1)])
  func roundTrip(width: Int, height: Int) throws {
    let picture = gradient(width: width, height: height)
    let bytes = try JPEG.encode(picture, quality: 95)
    let size = try JPEG.size(of: bytes)
    #expect(size == (width, height))
    let decoded = try JPEG.decode(bytes)
    #expect((decoded.width, decoded.height) == (width, height))
    // Chroma at half size costs this much at the steep edges of so small a picture.
    #expect(greatestDifference(decoded, picture) <= 16)
  }

  @Test("the same picture always gives the same bytes")
  func deterministic() throws {
    let picture = gradient(width: 40, height: 30)
    #expect(try JPEG.encode(picture, quality: 90) == JPEG.encode(picture, quality: 90))
  }

  @Test(
    "a reduced decode takes the smallest eighths that are large enough",
    arguments: [(96, 161, 96), (97, 214, 128), (256, 427, 256), (1000, 427, 256), (1, 54, 32)])
  func reduced(minimum: Int, width: Int, height: Int) throws {
    let picture = gradient(width: 427, height: 256)
    let decoded = try JPEG.decode(JPEG.encode(picture, quality: 90), minimumShortSide: minimum)
    #expect((decoded.width, decoded.height) == (width, height))
    let reference = picture.resized(width: width, height: height)
    #expect(greatestDifference(decoded, reference) <= 10)
  }

  @Test("a picture that was cut short is refused, not filled with grey", arguments: [0.3, 0.6, 0.95])
  func cutShort(part: Double) throws {
    let bytes = try JPEG.encode(gradient(width: 128, height: 128), quality: 90)
    #expect(throws: JPEGError.self) { try JPEG.decode(Array(bytes.prefix(Int(Double(bytes.count) * part)))) }
  }

  @Test(
    "bytes that are no JPEG are refused",
    arguments: [[], [0], Array("hello, I am no picture".utf8), [0xFF, 0xD8]])
  func notJPEG(bytes: [UInt8]) {
    #expect(throws: JPEGError.self) { try JPEG.decode(bytes) }
    #expect(throws: JPEGError.self) { try JPEG.size(of: bytes) }
  }

  @Test("a header that claims a giant picture is refused before anything is allocated")
  func bomb() throws {
    var bytes = try JPEG.encode(gradient(width: 16, height: 16), quality: 90)
    let frame = try #require(bytes.indices.first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xC0 })
    bytes.replaceSubrange((frame + 5)..<(frame + 9), with: [0xFF, 0xDC, 0xFF, 0xDC])
    #expect(throws: JPEGError.tooLarge(width: 65_500, height: 65_500)) { try JPEG.decode(bytes) }
  }

  @Test(
    "a picture whose decoder would hold all of it in memory is refused much earlier than one that comes line by line",
    arguments: [(0xC2, false, true), (0xC0, true, true), (0xC0, false, false)])
  func scans(marker: UInt8, isLumaAlone: Bool, isRefused: Bool) throws {
    var bytes = try JPEG.encode(gradient(width: 16, height: 16), quality: 90)
    let frame = try #require(bytes.indices.first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xC0 })
    let scan = try #require(bytes.indices.first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xDA })
    // 5120 a side.
    bytes.replaceSubrange((frame + 5)..<(frame + 9), with: [20, 0, 20, 0])
    bytes[frame + 1] = marker
    if isLumaAlone {
      bytes.replaceSubrange(scan..<(scan + 14), with: [0xFF, 0xDA, 0, 8, 1, bytes[scan + 5], 0, 0, 63, 0])
    }
    let error = #expect(throws: JPEGError.self) { try JPEG.decode(bytes, minimumShortSide: 64) }
    #expect((error == .tooLarge(width: 5120, height: 5120)) == isRefused)
  }

  @Test("a header tells size, coding and scans, whatever else the file has before its picture")
  func header() throws {
    var bytes = try JPEG.encode(gradient(width: 33, height: 17), quality: 90)
    var header = try JPEGHeader(bytes)
    #expect((header.width, header.height, header.isBaseline, header.isSingleScan) == (33, 17, true, true))
    // A small picture of it in the notes that cameras leave is none of its own.
    bytes.insert(
      contentsOf: [0xFF, 0xE1, 0, 21, 0xFF, 0xC0, 0, 17, 8, 0, 1, 0, 1, 3] + [UInt8](repeating: 0, count: 9),
      at: 2)
    #expect(try JPEGHeader(bytes) == header)
    let frame = try #require(bytes.indices.dropFirst(30).first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xC0 })
    bytes[frame + 1] = 0xC2
    header = try JPEGHeader(bytes)
    #expect(!header.isBaseline && !header.isSingleScan)
    for length in 0..<frame + 10 {
      #expect(throws: JPEGError.self) { try JPEGHeader(Array(bytes.prefix(length))) }
    }
  }

  @Test("a grey picture becomes three equal channels, one in inks is named and refused")
  func colours() throws {
    let grey = try JPEG.decode(fixture("grey.jpg"))
    #expect((grey.width, grey.height) == (8, 8))
    #expect(
      stride(from: 0, to: grey.pixels.count, by: 3).allSatisfy { grey.pixels[$0] == grey.pixels[$0 + 2] })
    let inks = try fixture("cmyk.jpg")
    #expect(throws: JPEGError.unsupportedColours) { try JPEG.decode(inks) }
  }
}
