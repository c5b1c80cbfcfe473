import Images
import Testing
import Torch

@testable import Training

@Suite struct FramePreparationTests {
  @Test("Each channel is shifted and scaled by its own mean and deviation, and channels come first")
  func normalisation() {
    let preparation = FramePreparation(maximumFrames: 1, mean: [0, 0.5, 1], deviation: [1, 0.5, 0.25])
    let pixels: [UInt8] = [0, 0, 0, 255, 255, 255, 51, 102, 204, 255, 0, 51]  // [1, 2, 2, 3]
    let input = preparation.normalised(Tensor(pixels, shape: [1, 2, 2, 3]), type: .float32)
    #expect(input.shape == [1, 3, 2, 2])
    let expected: [Float] = [0, 1, 0.2, 1, -1, 1, -0.2, -1, -4, 0, -0.8, -3.2]
    for (value, wanted) in zip(input.reshaped([12]).values(Float.self), expected) {
      #expect(abs(value - wanted) < 1e-5)
    }
  }

  @Test("The default is ImageNet's: its mean colour becomes 0")
  func imageNet() {
    let mean: [UInt8] = [124, 116, 104]
    let input = FramePreparation(maximumFrames: 1).normalised(
      Tensor(mean, shape: [1, 1, 1, 3]), type: .float32)
    #expect(input.reshaped([3]).values(Float.self).allSatisfy { abs($0) < 0.02 })
  }

  @Test(
    "The square is the middle of a lying, a standing and a square picture",
    arguments: [(72, 24), (24, 72), (24, 24)])
  func middle(width: Int, height: Int) throws {
    let image = picture([red, green, blue], width: width, height: height, upright: width >= height)
    let input = try SquareFrame(jpeg: jpeg(image), size: 16, kept: 16).input(size: 16, view: .whole)
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
    #expect(try SquareFrame(jpeg: large, size: 16, kept: 20).image.width == 20)
    let small = try jpeg(picture([red], width: 12, height: 30))
    #expect(try SquareFrame(jpeg: small, size: 16, kept: 20).image.width == 16)
  }

  @Test("A view is where it says, mirrored if it says so")
  func view() throws {
    let frame = try SquareFrame(jpeg: jpeg(picture([red, blue], width: 32, height: 32)), size: 16, kept: 32)
    func first(_ view: FrameView) -> ArraySlice<UInt8> { frame.input(size: 16, view: view).pixels[..<3] }
    #expect(first(FrameView(crop: 0.5, x: 0, y: 0))[0] > 200)
    let right = frame.input(size: 16, view: FrameView(crop: 0.5, x: 1, y: 1))
    #expect(right.pixels[right.pixels.count - 1] > 200)
    #expect(first(FrameView(isMirrored: true))[2] > 200)
  }

  @Test("The square that a run keeps has room for its smallest crop, and inference keeps the same one")
  func square() throws {
    let input = try TinyData.configuration("training.augmentation.minimum_crop=0.75").input
    #expect(input.imageSize == 16 && input.squareSize == 22)
    #expect(try TinyData.configuration("training.augmentation.minimum_crop=1").input.squareSize == 16)
  }
}
