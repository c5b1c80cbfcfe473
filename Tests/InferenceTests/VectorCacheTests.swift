import Batching
import Models
import SystemPackage
import Testing
import Text

@testable import Inference

@Suite("The cache of vectors") struct VectorCacheTests {
  private func folder(crop: Double = 0.875, precision: String = "float32", pixels: Int? = nil) -> FilePath {
    let preparation = InputPreparation(
      modality: .both, imageSize: 16, squareSize: 20,
      frames: FramePreparation(maximumFrames: 3, .imageNet, Framing(.centerCrop, crop: crop, .bicubic)),
      text: TextBudget(title: 4, speech: 4, onScreenText: 4))
    return VectorCache("vectors").folder(
      pixels.map {
        VectorCache.Key(
          weights: "w", backbone: [1, 2], preparation, precision: precision, videos: "v", pixels: $0)
      } ?? VectorCache.Key(weights: "w", backbone: [1, 2], preparation, precision: precision, videos: "v"))
  }

  @Test("Vectors of what an earlier program made of the same frames are not continued")
  func pixels() {
    #expect(folder() == folder(pixels: Framing.pixelVersion))
    #expect(folder() != folder(pixels: Framing.pixelVersion - 1))
  }

  @Test("Vectors of another preparation or precision are others")
  func settings() {
    #expect(folder() != folder(crop: 1) && folder() != folder(precision: "bfloat16"))
  }
}
