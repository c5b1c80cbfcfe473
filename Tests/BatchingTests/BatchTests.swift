import Dataset
import Models
import NN
import RunFixtures
import Storage
import SystemPackage
import Testing
import Torch

@testable import Batching

@Suite struct BatchTests {
  private func sample(_ tokens: [Int32], _ pictures: Sample.Pictures, label: Int? = nil) -> Sample {
    Sample(
      index: 0, tokens: tokens, pictures: pictures, target: label.map(Target.category), status: .complete)
  }

  private func send(_ batch: Batch, width: Int = 9, type: DataType = .float32) -> ModelInput {
    let frames = FramePreparation(
      maximumFrames: 4, ImageNormalization(mean: [0, 0, 0], deviation: [1, 1, 1]))
    return PackedBatch(batch) { _ in }.send(
      to: InputDestination(frames, vectorSize: width, type: type, on: .cpu))
  }

  @Test("Texts and frames lie end to end in the order of the videos, without padding")
  func packing() throws {
    let batch = Batch([
      sample([2, 5, 3], .frames(Array(repeating: 51, count: 24), count: 2, size: 2), label: 4),
      sample([2, 3], .none, label: 0),
      sample([2, 6, 7, 8, 3], .frames(Array(repeating: 255, count: 12), count: 1, size: 2), label: 1),
    ])
    #expect(batch.videos.map(\.target) == [.category(4), .category(0), .category(1)])
    let input = send(batch)
    #expect(input.tokens.values(Int64.self) == [2, 5, 3, 2, 3, 2, 6, 7, 8, 3])
    #expect(input.layout.text.lengths == [3, 2, 5])
    #expect(input.layout.frames.lengths == [2, 0, 1])
    guard case .frames(let frames) = input.pictures else { return #expect(Bool(false), "frames") }
    #expect(frames.shape == [3, 3, 2, 2])
    let values = frames.reshaped([36]).values(Float.self)
    #expect(
      values[..<24].allSatisfy { abs($0 - 0.2) < 1e-6 } && values[24...].allSatisfy { abs($0 - 1) < 1e-6 })
  }

  @Test("Tokens look at frames where there are some, and frames at tokens where these are a text")
  func counterparts() {
    let pictures = Sample.Pictures.vectors([1, 2], count: 1)
    func sample(_ tokens: [Int32], _ pictures: Sample.Pictures) -> Sample {
      Sample(
        index: 0, tokens: tokens, pictures: pictures, target: nil,
        status: PredictionStatus(hasText: tokens.count > 2, hasFrames: pictures.count > 0))
    }
    let input = send(
      Batch([sample([2, 5, 3], pictures), sample([2, 3], pictures), sample([2, 5, 3], .none)]), width: 2)
    #expect(input.layout.counterparts.values(Float.self) == [1, 1, 1, 1, 1, 1, 0, 0, 0, 0])
  }

  @Test("Stored vectors lie end to end as they are")
  func vectors() {
    let batch = Batch([
      sample([2, 3], .none), sample([2, 3], .vectors([1, 2, 3, 4], count: 2)),
      sample([2, 3], .vectors([5, 6], count: 1)),
    ])
    let input = send(batch, width: 2)
    guard case .vectors(let vectors) = input.pictures else { return #expect(Bool(false), "vectors") }
    #expect(vectors.shape == [3, 2] && vectors.values(Float.self) == [1, 2, 3, 4, 5, 6])
    #expect(input.layout.frames.lengths == [0, 2, 1])
  }

  @Test(
    "A batch without a single frame has vectors of the right width",
    arguments: [DataType.float32, .bfloat16])
  func noFrames(type: DataType) {
    let input = send(Batch([sample([2, 3], .none)]), width: 7, type: type)
    guard case .vectors(let vectors) = input.pictures else { return #expect(Bool(false), "vectors") }
    #expect(vectors.shape == [0, 7] && vectors.type == type)
  }

  /// Videos of some tokens and frames.
  private func batch(_ counts: [(tokens: Int, frames: Int)]) -> Batch {
    Batch(
      counts.enumerated().map { number, count in
        Sample(
          index: number, tokens: (0..<count.tokens).map { Int32(100 * number + $0) },
          pictures: .vectors((0..<2 * count.frames).map { Float(10 * number + $0) }, count: count.frames),
          target: .category(number), status: .complete)
      })
  }

  @Test("Parts are the videos in order, whatever their number, and joined again they are the batch")
  func parts() {
    let whole = batch([(3, 2), (1, 0), (9, 1), (2, 8), (4, 4), (1, 1), (5, 0)])
    for count in 1...9 {
      let parts = whole.parts(count)
      #expect(parts.count == min(count, 7) && parts.allSatisfy { !$0.videos.isEmpty })
      let again = Batch(joining: parts)
      #expect(again.videos.map(\.index) == Array(0..<7) && again.tokens == whole.tokens)
      guard case .vectors(let left, let width) = again.pictures, case .vectors(let right, _) = whole.pictures
      else { return #expect(Bool(false), "vectors") }
      #expect(left == right && width == 2)
    }
  }

  @Test("Parts have about the same work, not the same number of videos")
  func balance() {
    let parts = batch([(1, 40), (1, 1), (1, 1), (1, 1), (1, 1), (1, 1)]).parts(2)
    #expect(parts.map(\.videos.count) == [1, 5])
  }

  /// Four videos, of which the second and the last have no category, and what a teacher sees of these.
  private var shownToTeacher: Batch {
    func sample(_ index: Int, _ tokens: [Int32], frames: Int, _ target: Target) -> Sample {
      Sample(
        index: index, tokens: tokens,
        pictures: .vectors((0..<2 * frames).map { Float(10 * index + $0) }, count: frames), target: target,
        status: .complete)
    }
    return Batch(
      [
        sample(0, [2, 5, 3], frames: 1, .category(1)), sample(1, [2, 4, 3], frames: 0, .unlabelled),
        sample(2, [2, 6, 7, 3], frames: 2, .distribution([0.25, 0.75], weight: 0.5)),
        sample(3, [2, 3], frames: 1, .unlabelled),
      ],
      weak: [
        sample(1, [2, 8, 9, 3], frames: 2, .unlabelled), sample(3, [2, 10, 3], frames: 1, .unlabelled),
      ])
  }

  @Test("What a teacher sees of a video goes with it into its part, and back")
  func weak() {
    let whole = shownToTeacher
    #expect(whole[0..<1].weak.batch == nil && whole[2..<3].weak.batch == nil)
    #expect(
      whole[1..<3].weak.batch?.tokens == [2, 8, 9, 3] && whole[2..<4].weak.batch?.tokens == [2, 10, 3])
    for count in 1...4 {
      let parts = whole.parts(count)
      for part in parts {
        #expect(
          part.weak.batch?.videos.map(\.index) ?? []
            == part.videos.filter { $0.target == .unlabelled }.map(\.index))
      }
      let again = Batch(joining: parts)
      #expect(again.weak.batch?.tokens == [2, 8, 9, 3, 2, 10, 3] && again.tokens == whole.tokens)
      let input = send(again, width: 2)
      #expect(input.weak?.tokens.values(Int64.self) == [2, 8, 9, 3, 2, 10, 3])
      #expect(input.weak?.layout.frames.lengths == [2, 1] && input.layout.frames.lengths == [1, 0, 2, 1])
      guard case .vectors(let vectors)? = input.weak?.pictures else { return #expect(Bool(false), "vectors") }
      #expect(vectors.values(Float.self) == [10, 11, 12, 13, 30, 31])
    }
    #expect(send(whole[0..<1], width: 2).weak == nil)
  }

  @Test("A batch with what a teacher sees survives a file, and one that is cut is damaged")
  func portableWeak() throws {
    let folder = try TemporaryFolder()
    let path = folder.path.appending("batch.safetensors")
    let batch = shownToTeacher
    try Safetensors.write(batch.portable, to: path)
    let read = try Batch(portable: try Safetensors(path))
    #expect(read.videos.map(\.target) == batch.videos.map(\.target))
    #expect(read.weak.batch?.tokens == batch.weak.batch?.tokens)
    #expect(read.weak.batch?.videos.map(\.frameCount) == [2, 1])
    var tensors = batch.portable
    for name in ["token_counts", "frame_counts", "indices", "statuses", "labels"] {
      tensors["weak_\(name)"] = Tensor(
        [name == "token_counts" ? 7 : name == "frame_counts" ? 3 : 0] as [Int64])
    }
    try Safetensors.write(tensors, to: path)
    expectError(.badData, saying: "labels", "2 videos for a teacher") {
      _ = try Batch(portable: try Safetensors(path))
    }
  }

  @Test("A batch survives a file: distributions, videos without frames and all")
  func portable() throws {
    let samples = [
      sample([2, 5, 3], .frames(Array(0..<24), count: 2, size: 2), label: 4), sample([2, 3], .none),
      Sample(
        index: 7, tokens: [2], pictures: .frames(Array(0..<12), count: 1, size: 2),
        target: .distribution([0.25, 0.75], weight: 0.5), status: .noText),
    ]
    let folder = try TemporaryFolder()
    let path = folder.path.appending("batch.safetensors")
    // A video without a target stands last: those with a distribution have theirs in order.
    let batch = Batch([samples[0], samples[2], samples[1]])
    try Safetensors.write(batch.portable, to: path)
    let read = try Batch(portable: try Safetensors(path))
    #expect(read.tokens == batch.tokens)
    for (one, other) in zip(read.videos, batch.videos) {
      #expect(one.index == other.index && one.target == other.target && one.status == other.status)
      #expect(one.tokenCount == other.tokenCount && one.frameCount == other.frameCount)
    }
    guard case .frames(let bytes, let size) = read.pictures else { return #expect(Bool(false), "frames") }
    #expect(bytes == Array(0..<24) + Array(0..<12) && size == 2)
  }
}
