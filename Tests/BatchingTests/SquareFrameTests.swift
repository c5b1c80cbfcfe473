import Images
import RunFixtures
import Testing

@testable import Batching

@Suite struct SquareFrameTests {
  @Test(
    "The square is the middle of a lying, a standing and a square picture",
    arguments: [(72, 24), (24, 72), (24, 24)])
  func middle(width: Int, height: Int) throws {
    let image = picture([red, green, blue], width: width, height: height, upright: width >= height)
    let input = try SquareFrame(jpeg: jpeg(image), size: 16, kept: 16, .middleSquare).input(
      size: 16, view: .whole)
    #expect(input.width == 16 && input.height == 16)
    let centre = (8 * 16 + 8) * 3
    #expect(input.pixels[centre + 1] > 200)
    if width == height {
      #expect(input.pixels[0] > 200 && input.pixels[15 * 3 + 2] > 200, "nothing is cut off")
    } else {
      let greens = stride(from: 1, to: input.pixels.count, by: 3).count { input.pixels[$0] > 128 }
      #expect(greens > 230, "the sides are cut off")
    }
  }

  @Test("The room for crops is kept, but a small picture is not blown up for it")
  func kept() throws {
    let large = try jpeg(picture([red], width: 64, height: 64))
    #expect(try SquareFrame(jpeg: large, size: 16, kept: 20, .middleSquare).image.width == 20)
    let small = try jpeg(picture([red], width: 12, height: 30))
    #expect(try SquareFrame(jpeg: small, size: 16, kept: 20, .middleSquare).image.width == 16)
  }

  @Test("A view is where it says, mirrored if it says so")
  func view() throws {
    let frame = try SquareFrame(
      jpeg: jpeg(picture([red, blue], width: 32, height: 32)), size: 16, kept: 32, .middleSquare)
    func first(_ view: FrameView) -> ArraySlice<UInt8> { frame.input(size: 16, view: view).pixels[..<3] }
    #expect(first(FrameView(width: 0.5, height: 0.5, x: 0, y: 0))[0] > 200)
    let right = frame.input(size: 16, view: FrameView(width: 0.5, height: 0.5, x: 1, y: 1))
    #expect(right.pixels[right.pixels.count - 1] > 200)
    #expect(first(FrameView(isMirrored: true))[2] > 200)
  }

  @Test("A crop of another shape is made square; all that it showed is still there")
  func aspect() throws {
    let frame = try SquareFrame(
      jpeg: jpeg(picture([red, blue], width: 32, height: 32)), size: 16, kept: 32, .middleSquare)
    let input = frame.input(size: 16, view: FrameView(width: 1, height: 0.5, x: 0, y: 0.5))
    #expect(input.width == 16 && input.height == 16)
    #expect(input.pixels[0] > 200 && input.pixels[15 * 3 + 2] > 200)
  }
}
