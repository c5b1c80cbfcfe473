import Foundation
import NN
import Testing
import Torch

@testable import Models
@testable import Training

@Suite struct ClassWeightsTests {
  @Test("Their mean over the videos is 1, whatever the exponent", arguments: [0.2, 0.5, 1, 2])
  func mean(exponent: Double) {
    let counts = [130_000, 19, 1, 700]
    let weights = ClassWeights.damped(counts: counts, exponent: exponent)
    let sum = zip(weights, counts).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    #expect(abs(sum / Double(counts.reduce(0, +)) - 1) < 1e-5)
    #expect(weights[2] > weights[1] && weights[1] > weights[3] && weights[3] > weights[0])
  }

  @Test("The ratio of two weights is that of the counts to the power of -γ")
  func ratio() {
    let weights = ClassWeights.damped(counts: [400, 100], exponent: 0.5)
    #expect(abs(weights[1] / weights[0] - 2) < 1e-5)
  }

  @Test("An exponent of 0 weighs nothing")
  func none() { #expect(ClassWeights.damped(counts: [5, 1, 90], exponent: 0) == [1, 1, 1]) }

  @Test("A category without a video here has the weight of a single one, not an infinite one")
  func absent() {
    let weights = ClassWeights.damped(counts: [4, 0, 1], exponent: 1)
    #expect(weights[1] == weights[2] && weights.allSatisfy(\.isFinite))
  }
}

@Suite struct ObjectiveTests {
  private let labels = Tensor([0, 1, 1] as [Int64])
  private let logits = Tensor([2, 0, 1, 3, 0.5, 0] as [Float], shape: [3, 2])

  private func loss(
    video: [Float], frames: [Int], _ settings: String..., counts: [Int] = [1, 2], hasFrames: Bool = true
  ) throws -> Double {
    var reader = try ConfigurationReader(.tiny)
    for setting in ["training.label_smoothing=0", "training.class_weight_exponent=0"] + settings {
      try reader.override(setting)
    }
    let objective = Objective(
      try reader.configuration().training, counts: counts, hasFrames: hasFrames, on: .cpu)
    let output = VideoTextClassifier.Output(logits: logits, videoLogits: Tensor(video, shape: [3, 2]))
    return objective.loss(output, labels: labels, frames: PackedSequences(lengths: frames)).item
  }

  /// Cross entropy of two logits, of which the wrong one is larger by `difference`.
  private static func entropy(_ difference: Double) -> Double { log1p(exp(difference)) }

  /// That of each row of `logits` at its label.
  private let fused = [entropy(-2), entropy(-2), entropy(0.5)]

  @Test("The auxiliary loss is that of the videos with frames, times its weight")
  func auxiliary() throws {
    let nan = Float.nan
    // The second video has no frames: its logits mean nothing, and here spoil whatever reads them.
    let both = try loss(
      video: [1, 0, nan, nan, 0, 4], frames: [2, 0, 1], "training.auxiliary_video_loss=0.5")
    let expected =
      fused.reduce(0, +) / 3 + 0.5 * (Self.entropy(-1) + Self.entropy(-4)) / 2
    #expect(abs(both - expected) < 1e-5)
  }

  @Test("With weight 0, without frames in the batch or without frames at all, there is none")
  func none() throws {
    let nan = [Float](repeating: .nan, count: 6)
    let expected = fused.reduce(0, +) / 3
    #expect(
      abs(try loss(video: nan, frames: [1, 1, 1], "training.auxiliary_video_loss=0") - expected) < 1e-5)
    #expect(abs(try loss(video: nan, frames: [0, 0, 0]) - expected) < 1e-5)
    #expect(abs(try loss(video: nan, frames: [1, 1, 1], hasFrames: false) - expected) < 1e-5)
  }

  @Test("Class weights weigh the videos of their class, relative to the sum of the weights")
  func weights() throws {
    let weighted = try loss(
      video: [0, 0, 0, 0, 0, 0], frames: [0, 0, 0], "training.class_weight_exponent=1", counts: [1, 4])
    let expected = (fused[0] + 0.25 * fused[1] + 0.25 * fused[2]) / 1.5
    #expect(abs(weighted - expected) < 1e-5)
  }
}
