import Dataset
import Models
import Testing
import Torch

@testable import Batching

@Suite struct FramePreparationTests {
  private func normalised(_ pixels: [UInt8], size: Int, _ normalization: ImageNormalization) -> [Float] {
    let destination = InputDestination(
      FramePreparation(maximumFrames: 1, normalization), vectorSize: 1, type: .float32, on: .cpu)
    let batch = Batch(
      videos: [.init(index: 0, tokenCount: 0, frameCount: 1, target: nil, status: .noText)], tokens: [],
      pictures: .frames(pixels, size: size))
    guard case .frames(let frames) = destination.pictures(batch.pictures) else { return [] }
    #expect(frames.shape == [1, 3, size, size])
    return frames.reshaped([-1]).values(Float.self)
  }

  @Test("Each channel is shifted and scaled by its own mean and deviation, and channels come first")
  func normalisation() {
    let pixels: [UInt8] = [0, 0, 0, 255, 255, 255, 51, 102, 204, 255, 0, 51]  // [1, 2, 2, 3]
    let input = normalised(
      pixels, size: 2, ImageNormalization(mean: [0, 0.5, 1], deviation: [1, 0.5, 0.25]))
    let expected: [Float] = [0, 1, 0.2, 1, -1, 1, -0.2, -1, -4, 0, -0.8, -3.2]
    #expect(input.count == expected.count)
    for (value, wanted) in zip(input, expected) { #expect(abs(value - wanted) < 1e-5) }
  }

  @Test("The default is ImageNet's: its mean colour becomes 0")
  func imageNet() {
    #expect(normalised([124, 116, 104], size: 1, .imageNet).allSatisfy { abs($0) < 0.02 })
  }
}
