import Testing
import Torch

@testable import Batching

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
}
