import Dataset
import Models
import NN
import Testing
import Text
import Torch

@testable import Batching

@Suite struct BatchTests {
  private let preparation = InputPreparation(
    modality: .both, imageSize: 2, squareSize: 2,
    frames: FramePreparation(maximumFrames: 4, mean: [0, 0, 0], deviation: [1, 1, 1]), text: TextBudget())

  private func sample(_ tokens: [Int32], _ pictures: Sample.Pictures, label: Int? = nil) -> Sample {
    Sample(index: 0, tokens: tokens, pictures: pictures, label: label, status: .complete)
  }

  @Test("Texts and frames lie end to end in the order of the videos, without padding")
  func packing() {
    let batch = Batch([
      sample([2, 5, 3], .frames(Array(repeating: 51, count: 24), count: 2), label: 4),
      sample([2, 3], .frames([], count: 0), label: 0),
      sample([2, 6, 7, 8, 3], .frames(Array(repeating: 255, count: 12), count: 1), label: 1),
    ])
    let tensors = batch.tensors(preparation, width: 9, type: .float32, on: .cpu)
    #expect(tensors.text.tokens.values(Int64.self) == [2, 5, 3, 2, 3, 2, 6, 7, 8, 3])
    #expect(tensors.text.sequences.lengths == [3, 2, 5])
    #expect(tensors.frames.lengths == [2, 0, 1])
    #expect(tensors.pictures.shape == [3, 3, 2, 2])
    let values = tensors.pictures.reshaped([36]).values(Float.self)
    #expect(
      values[..<24].allSatisfy { abs($0 - 0.2) < 1e-6 } && values[24...].allSatisfy { abs($0 - 1) < 1e-6 })
    #expect(batch.labels(on: .cpu).values(Int64.self) == [4, 0, 1])
  }

  @Test("Stored vectors lie end to end as they are")
  func features() {
    let batch = Batch([
      sample([2, 3], .features([], count: 0)), sample([2, 3], .features([1, 2, 3, 4], count: 2)),
      sample([2, 3], .features([5, 6], count: 1)),
    ])
    let tensors = batch.tensors(preparation, width: 2, type: .float32, on: .cpu)
    #expect(tensors.pictures.shape == [3, 2])
    #expect(tensors.pictures.values(Float.self) == [1, 2, 3, 4, 5, 6])
    #expect(tensors.frames.lengths == [0, 2, 1])
  }

  @Test(
    "A batch without a single frame has pictures of the right width",
    arguments: [DataType.float32, .bfloat16])
  func noFrames(type: DataType) {
    let tensors = Batch([sample([2, 3], .frames([], count: 0))]).tensors(
      preparation, width: 7, type: type, on: .cpu)
    #expect(tensors.pictures.shape == [0, 7] && tensors.pictures.type == type)
  }
}
