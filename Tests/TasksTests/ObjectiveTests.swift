import Batching
import Foundation
import NN
import RunFixtures
import Settings
import Testing
import Torch
import Training

@testable import Models
@testable import Tasks

@Suite struct ClassWeightsTests {
  private func weights(_ counts: [Int], _ scheme: ClassWeighting.Scheme, _ parameter: Double = 0) -> [Float] {
    ClassWeights.make(
      counts: counts, ClassWeighting(scheme: scheme, exponent: parameter, beta: parameter)) ?? []
  }

  @Test(
    "Their mean over the videos is 1, and the rarer a category the more it weighs",
    arguments: [
      (ClassWeighting.Scheme.inverse, 0.0), (.power, 0.2), (.power, 0.5), (.power, 2), (.effective, 0.9),
      (.effective, 0.9999),
    ])
  func mean(scheme: ClassWeighting.Scheme, parameter: Double) {
    let counts = [130_000, 19, 1, 700]
    let weights = weights(counts, scheme, parameter)
    let sum = zip(weights, counts).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    #expect(abs(sum / Double(counts.reduce(0, +)) - 1) < 1e-5)
    // 0.9 to the power of 700 is nothing: from there on more videos say nothing new.
    #expect(weights[2] > weights[1] && weights[1] > weights[3] && weights[3] >= weights[0])
  }

  @Test("The ratio of two weights is that of the counts, damped as the scheme says")
  func ratio() {
    func ratio(_ scheme: ClassWeighting.Scheme, _ parameter: Double = 0) -> Float {
      let weights = weights([4, 1], scheme, parameter)
      return weights[1] / weights[0]
    }
    #expect(abs(ratio(.inverse) - 4) < 1e-5)
    #expect(abs(ratio(.power, 0.5) - 2) < 1e-5)
    #expect(abs(ratio(.effective, 0.5) - (1 - 0.0625) / 0.5) < 1e-5)  // (1 - β⁴) / (1 - β)
    #expect(weights([5, 1, 90], .power, 0) == [1, 1, 1])
    #expect(weights([5, 1], .none).isEmpty)
  }

  @Test("A category without a video here has the weight of a single one, not an infinite one")
  func absent() {
    let weights = weights([4, 0, 1], .inverse)
    #expect(weights[1] == weights[2] && weights.allSatisfy(\.isFinite))
  }
}

@Suite struct ObjectiveTests {
  private let labels = Tensor([0, 1, 1] as [Int64])
  private let logits = Tensor([2, 0, 1, 3, 0.5, 0] as [Float], shape: [3, 2])

  /// - Parameters:
  ///   - frames, text: the rows that have some; the logits of the others are no numbers.
  private func loss(
    logits: Tensor? = nil, video: [Float] = [0, 0, 0, 0, 0, 0], frames: [Int64] = [], text: [Float]? = nil,
    withText: [Int64] = [], _ settings: String..., counts: [Int] = [1, 2], parents: [Int] = [0, 1],
    labels: Tensor? = nil
  ) throws -> Double {
    var reader = try ConfigurationReader(.tiny)
    let plain = [
      "training.label_smoothing=0", "training.class_weights.scheme=none", "training.level1_loss=0",
    ]
    for setting in plain + settings { try reader.override(setting) }
    let configuration = try reader.configuration()
    let objective = Objective(
      configuration.classification, counts: counts,
      samplingExponent: configuration.optimization.samplingExponent, parents: parents)
    let weights = ClassWeights.make(counts: counts, try reader.configuration().classification.classWeights)
    let output = VideoTextClassifier.Output(
      logits: logits ?? self.logits, videoLogits: Tensor(video, shape: [3, 2]),
      textLogits: text.map { Tensor($0, shape: [3, 2]) })
    let classes = labels ?? self.labels
    let target = Objective.Target(
      labels: classes,
      weights: Tensor(classes.values(Int64.self).map { weights?[Int($0)] ?? 1 }),
      withFrames: frames.isEmpty ? nil : Tensor(frames), withText: withText.isEmpty ? nil : Tensor(withText))
    return objective.loss([output], target, objective.constants(on: .cpu)).item
  }

  /// Cross entropy of two logits, of which the wrong one is larger by `difference`.
  private static func entropy(_ difference: Double) -> Double { log1p(exp(difference)) }

  /// That of each row of `logits` at its label.
  private let fused = [entropy(-2), entropy(-2), entropy(0.5)]

  @Test("The auxiliary losses are those of the videos with frames, or text, times their weights")
  func auxiliary() throws {
    let nan = Float.nan
    // The second video has no frames, the third no text: their logits mean nothing, and spoil whatever reads them.
    let all = try loss(
      video: [1, 0, nan, nan, 0, 4], frames: [0, 2], text: [3, 0, 0, 2, nan, nan], withText: [0, 1],
      "training.auxiliary_video_loss=0.5", "training.auxiliary_text_loss=0.25")
    let video = 0.5 * (Self.entropy(-1) + Self.entropy(-4)) / 2
    let text = 0.25 * (Self.entropy(-3) + Self.entropy(-2)) / 2
    #expect(abs(all - (fused.reduce(0, +) / 3 + video + text)) < 1e-5)
  }

  @Test("Class weights weigh the videos of their class, relative to the sum of the weights")
  func weights() throws {
    let weighted = try loss("training.class_weights.scheme=inverse", counts: [1, 4])
    let expected = (fused[0] + 0.25 * fused[1] + 0.25 * fused[2]) / 1.5
    #expect(abs(weighted - expected) < 1e-5)
  }

  @Test(
    "A video's weight multiplies its smoothed loss as a whole: rare categories do not inflate the smoothing")
  func smoothedWeights() throws {
    // The other category's entropy is less by the difference.
    func smoothed(_ fused: Double, _ difference: Double) -> Double {
      0.9 * fused + 0.1 * (fused + fused - difference) / 2
    }
    let rows = [smoothed(fused[0], -2), smoothed(fused[1], -2), smoothed(fused[2], 0.5)]
    let weighted = try loss(
      "training.class_weights.scheme=inverse", "training.label_smoothing=0.1", counts: [1, 4])
    #expect(abs(weighted - (rows[0] + 0.25 * rows[1] + 0.25 * rows[2]) / 1.5) < 1e-5)
  }

  @Test("Every draw of a multi-sample dropout counts alike")
  func draws() throws {
    let two = Tensor.concatenated([logits, logits * 2])
    let doubled = [Self.entropy(-4), Self.entropy(-4), Self.entropy(1)]
    #expect(abs(try loss(logits: two) - (fused + doubled).reduce(0, +) / 6) < 1e-5)
  }

  @Test("Focal: each loss times (1 - p)^γ, over the sum of the class weights", arguments: [0.5, 2])
  func focal(gamma: Double) throws {
    let focused = fused.map { $0 * pow(1 - exp(-$0), gamma) }
    let plain = try loss("training.focal_gamma=\(gamma)")
    #expect(abs(plain - focused.reduce(0, +) / 3) < 1e-5)
    let weighted = try loss(
      "training.focal_gamma=\(gamma)", "training.class_weights.scheme=inverse", counts: [1, 4])
    #expect(abs(weighted - (focused[0] + 0.25 * focused[1] + 0.25 * focused[2]) / 1.5) < 1e-5)
  }

  @Test("A video that is certain has a finite gradient under the focal loss")
  func certain() throws {
    let logits = Tensor([200, 0, 0, 200, 200, 0] as [Float], shape: [3, 2])
    logits.requiresGradient = true
    var reader = try ConfigurationReader(.tiny)
    try reader.override("training.focal_gamma=0.5")
    let objective = Objective(
      try reader.configuration().classification, counts: [1, 1], samplingExponent: 1, parents: [0, 0])
    objective.loss(
      [.init(logits: logits, videoLogits: logits, textLogits: nil)],
      .init(labels: labels, weights: .ones([3]), withFrames: nil, withText: nil),
      objective.constants(on: .cpu)
    ).backward()
    #expect(logits.gradient?.isFinite == true)
  }

  @Test("Logit adjustment adds τ log prior: the frequent category must win by more")
  func adjustment() throws {
    let adjusted = try loss("training.logit_adjustment=2", counts: [1, 4])
    let shift = 2 * log(4.0)
    let expected = (Self.entropy(-2 + shift) + Self.entropy(-2 - shift) + Self.entropy(0.5 - shift)) / 3
    #expect(abs(adjusted - expected) < 1e-5)
  }

  @Test("What was adjusted is taken out of what a model says, by as much as it was adjusted")
  func unadjusted() {
    func taken(_ adjustment: Double) -> [Float] {
      LearntPrior.unadjusted([0.5, 0.5], [0.9, 0.1], by: adjustment)
    }
    #expect(taken(0) == [0.5, 0.5])
    for (found, wanted) in [(taken(1), Float(0.9)), (taken(0.5), 0.75)] {
      #expect(abs(found[0] - wanted) < 1e-6 && abs(found[0] + found[1] - 1) < 1e-6)
    }
  }

  @Test(
    "The prior is the one that training sees: by balanced sampling n^s, times what class weights make of it",
    arguments: [
      ("training.sampling_exponent=0.5", 2.0), ("training.sampling_exponent=0", 1),
      ("training.class_weights={scheme: power, exponent: 0.5}", 2),
      ("training.class_weights.scheme=inverse", 1),
    ])
  func learntPrior(setting: String, ratio: Double) throws {
    // Among videos of one category weights do not show in the mean.
    let (logits, labels) = (Tensor([2, 0, 1, 3] as [Float], shape: [2, 2]), Tensor([0, 0] as [Int64]))
    let adjusted = try loss(
      logits: logits, "training.logit_adjustment=2", setting, counts: [1, 4], labels: labels)
    let shift = 2 * log(ratio)
    #expect(abs(adjusted - (Self.entropy(-2 + shift) + Self.entropy(2 + shift)) / 2) < 1e-5)
  }

  @Test("The first level's probability is the sum of its categories'")
  func level1() throws {
    let logits = Tensor([1, 2, 3, 0, 1, 5] as [Float], shape: [2, 3])
    let labels = Tensor([0, 2] as [Int64])
    func loss(_ weight: Double) throws -> Double {
      try self.loss(
        logits: logits, "training.level1_loss=\(weight)", counts: [1, 1, 1], parents: [0, 0, 1],
        labels: labels)
    }
    let e: [Double] = (0...5).map { Foundation.exp(Double($0)) }
    let first: Double = -log((e[1] + e[2]) / (e[1] + e[2] + e[3]))
    let second: Double = -log(e[5] / (e[0] + e[1] + e[5]))
    let difference = try loss(0.5) - loss(0)
    #expect(abs(difference - 0.25 * (first + second)) < 1e-5)
    // All categories under one first level: there is nothing to tell apart.
    let same = try self.loss(
      logits: logits, "training.level1_loss=9", counts: [1, 1, 1], parents: [0, 0, 0], labels: labels)
    #expect(abs(try loss(0) - same) < 1e-5)
  }
}

@Suite("The loss of two questions") struct TwoQuestionsLossTests {
  private let parents = [0, 0, 1]
  private let level1 = Tensor([1, 0, 0, 2] as [Float], shape: [2, 2])
  private let level2 = Tensor([1, 0, 9, 0, 2, -9] as [Float], shape: [2, 3])

  private func losses(
    _ settings: String..., labels: Tensor = Tensor([0, 2] as [Int64]), prior: [Double] = [0.5, 0.25, 0.25],
    adjustment: Tensor? = nil
  ) throws -> [Float] {
    var reader = try ConfigurationReader(.tiny)
    for setting in ["training.label_smoothing=0"] + settings { try reader.override(setting) }
    let loss = TwoQuestionsLoss(
      try reader.configuration().classification, parents: parents, prior: prior, on: .cpu)
    return loss(.init(level1: level1, level2: level2), labels, adjustment: adjustment).values()
  }

  /// Cross entropy of two logits, of which the wrong one is larger by `difference`.
  private func entropy(_ difference: Double) -> Float { Float(log1p(exp(difference))) }

  @Test(
    "The first level's cross entropy, and that among the true first level's categories, whatever the others' logits"
  )
  func plain() throws {
    let losses = try losses()
    #expect(abs(losses[0] - entropy(-1) - entropy(-1)) < 1e-5)
    #expect(abs(losses[1] - entropy(-2)) < 1e-5, "of a first level of one category nothing is left to ask")
  }

  @Test("A certain distribution is its category; smoothing gives each question's others a little")
  func smoothed() throws {
    let certain = Tensor([1, 0, 0, 0, 0, 1] as [Float], shape: [2, 3])
    for smoothing in [0, 0.2] {
      let setting = "training.label_smoothing=\(smoothing)"
      let (named, distributed) = (try losses(setting), try losses(setting, labels: certain))
      #expect(zip(named, distributed).allSatisfy { abs($0 - $1) < 1e-5 })
    }
    let smoothed = try losses("training.label_smoothing=0.2")
    // Half of 0.2 goes to the other of two; its entropy is larger by the difference of the logits.
    let question: Float = entropy(-1) * 0.9 + entropy(1) * 0.1
    #expect(abs(smoothed[0] - 2 * question) < 1e-5)
  }

  @Test("Logit adjustment knows how often each first level is met, and each category within it")
  func adjusted() throws {
    let adjustment = Tensor([0.5, 0.25, 0.25].map { Float(log($0)) })
    let losses = try losses("training.logit_adjustment=1", adjustment: adjustment)
    #expect(abs(losses[0] - entropy(-1 - log(3)) - entropy(-1 - log(2))) < 1e-5)
    #expect(abs(losses[1] - entropy(-2 + log(3))) < 1e-5)
  }
}

@Suite("What a target says of a batch") struct TargetTests {
  @Test("Videos without frames, or without text, are left out of the head that would have to see them")
  func rows() throws {
    let target = try TinyBatch("training.auxiliary_text_loss=1").target
    #expect(target.withFrames?.values() == [0, 1, 3, 4] as [Int64])
    #expect(target.withText?.values() == [0, 1, 2, 4] as [Int64])
    #expect(target.share.videos == 1 && target.share.withFrames == 1 && target.share.count == 1)
  }

  @Test("With weight 0 a head has no rows; without text there is no text head")
  func none() throws {
    let tiny = try TinyBatch("training.auxiliary_video_loss=0")
    #expect(tiny.target.withFrames == nil && tiny.target.withText == nil && tiny.output().textLogits == nil)
    #expect(!tiny.store.parameters.contains { $0.name.hasPrefix("text_") })
  }

  @Test("A part's share is that of its class weights")
  func share() throws {
    let tiny = try TinyBatch("training.class_weights.scheme=inverse")
    let parts = [0..<2, 2..<5].map { tiny.packed(tiny.batch[$0]).plan.targets.share }
    // Categories 0, 1 | 0, 2, 0 with 7, 2 and 1 videos.
    let (first, second) = (1 / 7.0 + 1 / 2.0, 1 / 7.0 + 1 + 1 / 7.0)
    let expected: Double = first / (first + second)
    #expect(abs(parts[0].videos - expected) < 1e-6)
    #expect(parts.map(\.count) == [0.4, 0.6])
    let withFrames = parts[0].withFrames + parts[1].withFrames
    #expect(abs(withFrames - 1) < 1e-6)
  }
}
