import Batching
import Dataset
import Foundation
import Models
import NN
import RunFixtures
import Settings
import Testing
import Torch

@testable import Tasks
@testable import Training

/// The five videos of `TinyBatch`, of which three have no category, and a teacher with weights of its own that sees other
/// texts and frames of these.
private struct TinyConsistency {
  static let unlabelled = [1, 3, 4]

  let tiny: TinyBatch
  let consistency: Consistency
  let task: Classification
  let teacher: ParameterStore
  let batch: Batch

  init(_ settings: [String]) throws {
    tiny = try TinyBatch(["training.head_dropout=0", "text_encoder.hidden_dropout_prob=0"] + settings)
    let configuration = tiny.configuration
    consistency = Consistency(
      configuration.consistency, counts: TinyBatch.counts,
      augmentation: configuration.optimization.augmentation)
    task = Classification(
      configuration.classification,
      configuration.architecture(vocabularySize: 12, vectorSize: nil, parents: TinyBatch.categories.parents),
      counts: TinyBatch.counts, samplingExponent: 1, parents: TinyBatch.categories.parents,
      modality: configuration.modality, consistency: consistency)
    let random = Generator(seed: 9)
    teacher = ParameterStore(
      like: tiny.store,
      values: tiny.store.weights.map {
        .normal(
          $0.tensor.shape, mean: $0.name.hasSuffix("orm.weight") ? 1 : 0, deviation: 0.3, drawingFrom: random)
      })
    let whole = tiny.batch
    batch = Batch(
      videos: whole.videos.map { video in
        .init(
          index: video.index, tokenCount: video.tokenCount, frameCount: video.frameCount,
          target: Self.unlabelled.contains(video.index) ? .unlabelled : video.target, status: video.status)
      }, tokens: whole.tokens, pictures: whole.pictures,
      weak: .views(Batch(joining: [2, 0, 1].map { whole[$0..<$0 + 1] })))
  }

  /// What the task accumulates, by the names of the weights.
  func accumulate(
    parts: Int, memory: ConsistencyMemory? = nil, progress: Double = 1, of other: Batch? = nil
  ) throws -> (gradients: [String: Tensor], results: [PartResult]) {
    let cores = Cores(parts)
    func replicas(of store: ParameterStore) throws -> Replicas<Classification.Learner> {
      let replicas = Replicas(of: store, as: .float32, on: cores) { task.learner($0) }
      try replicas.refresh()
      return replicas
    }
    let (own, teachers) = (try replicas(of: tiny.store), try replicas(of: teacher))
    var results: [PartResult] = []
    let batch = other ?? self.batch
    let gradients = try tiny.gradients {
      let parts = batch.parts(parts).enumerated().map { number, part in
        TaskPart<Classification>(
          learner: own.models[number],
          batch: PackedBatch(part) { task.plan(part, of: batch, in: &$0) }, destination: tiny.destination,
          pass: TrainingPass(seed: 1), teacher: teachers.models[number],
          memory: memory ?? task.memory(on: .cpu), progress: progress)
      }
      results = try task.accumulate(parts, on: cores, collect: own.collectGradients)
    }
    return (gradients, results)
  }

  /// The teacher's logits of its views, row after row.
  var said: [[Double]] {
    get throws {
      guard let views = batch.weak.batch else { return [] }
      let replicas = Replicas(of: teacher, as: .float32, on: Cores(1)) { task.learner($0) }
      try replicas.refresh()
      let model = replicas.models[0].model
      let input = PackedBatch(views) { _ in }.send(to: tiny.destination)
      let logits = model(
        tokens: input.tokens, vectors: model.encoder.vectors(of: input.pictures, .evaluation), input.layout,
        .evaluation
      ).logits.values(Float.self).map(Double.init)
      return stride(from: 0, to: logits.count, by: 3).map { Array(logits[$0..<$0 + 3]) }
    }
  }

  /// The logarithm of the probabilities that predict, of categories of which two are of the first and one of the second level.
  private func predicted(_ output: VideoTextClassifier.Output) -> Tensor {
    let weight = tiny.configuration.classification.twoQuestions.weight
    guard let answers = output.twoQuestions else { return output.logits.logSoftmax(along: -1) }
    let first = answers.level1.softmax(along: -1)
    let joint = Tensor.concatenated(
      [
        answers.level2.narrowed(1, 0..<2).softmax(along: -1) * first.narrowed(1, 0..<1),
        first.narrowed(1, 1..<2),
      ], along: 1)
    return (output.logits.softmax(along: -1) * (1 - weight) + joint * weight).logarithm()
  }

  /// The recipe step by step: the labelled videos alone, and what the teacher says of the others one by one.
  /// - Parameter answers: of each video without a category what it is to be taken for, and its weight.
  func straightforward(_ answers: [(probabilities: [Double], weight: Double)], weight: Double) throws
    -> (gradients: [String: Tensor], loss: Double)
  {
    let labelled = Batch(joining: [0, 2].map { tiny.batch[$0..<$0 + 1] })
    let packed = PackedBatch(labelled) { tiny.task.plan(labelled, of: labelled, in: &$0) }
    func output(_ input: ModelInput) -> VideoTextClassifier.Output {
      let mode = Mode.training(TrainingPass(seed: 1))
      return tiny.model(
        tokens: input.tokens, vectors: tiny.model.encoder.vectors(of: input.pictures, mode), input.layout,
        mode)
    }
    var loss = 0.0
    let gradients = tiny.gradients {
      let input = packed.send(to: tiny.destination)
      let known = output(input)
      var sum = tiny.objective.loss(
        [known], Objective.Target(packed.plan.targets, input.sent), tiny.objective.constants(on: .cpu))
      // Ten labelled videos of three categories, 7, 2 and 1: how much one of each counts for the balanced head.
      let balance = [10 / 21.0, 10 / 6.0, 10 / 3.0]
      let part = tiny.configuration.consistency.balanced.loss
      func entropy(_ logarithms: Tensor, _ truth: [Double]) -> Tensor {
        (Tensor(truth.map(Float.init), shape: [1, 3]) * logarithms).sum(along: -1).mean() * -1
      }
      func log(_ balanced: Tensor) -> Tensor { balanced.logSoftmax(along: -1) }
      if let balanced = known.balanced {  // both are of the first category
        sum = sum + entropy(log(balanced), [1, 0, 0]) * (part * balance[0])
      }
      for (video, answer) in zip(Self.unlabelled, answers) {
        let alone = PackedBatch(tiny.batch[video..<video + 1]) { _ in }.send(to: tiny.destination)
        let (said, factor) = (output(alone), answer.weight * weight / Double(answers.count))
        sum = sum + entropy(predicted(said), answer.probabilities) * factor
        if let balanced = said.balanced {
          let counts = zip(answer.probabilities, balance).reduce(0) { $0 + $1.0 * $1.1 }
          sum = sum + entropy(log(balanced), answer.probabilities) * (factor * part * counts)
        }
      }
      loss = sum.item
      sum.backward()
    }
    return (gradients, loss)
  }
}

private func softmax(_ logits: [Double], temperature: Double = 1) -> [Double] {
  let powers = logits.map { exp(($0 - (logits.max() ?? 0)) / temperature) }
  return powers.map { $0 / powers.reduce(0, +) }
}

private func certain(_ probabilities: [Double]) -> [Double] {
  probabilities.map { $0 == probabilities.max() ? 1 : 0 }
}

@Suite("Consistency") struct ConsistencyTests {
  @Test(
    "A batch, whole or in parts, has the loss and the gradient of the recipe step by step",
    arguments: [
      ["consistency={method: mean_teacher, temperature: 0.4, weight: 3}"],
      ["consistency={method: fixmatch, threshold: 0.7, weight: 3}"],
      ["consistency={method: softmatch, weight: 3}", "training.dropout_samples=2"],
      [
        "consistency={method: mean_teacher, temperature: 0.4, weight: 3}", "training.auxiliary_text_loss=0.7",
        "training.class_weights={scheme: inverse}", "training.level1_loss=0.5", "training.focal_gamma=1.5",
        "training.two_questions={loss: 0.8, weight: 0}",
      ],
      [
        "consistency={method: mean_teacher, temperature: 0.4, weight: 3}",
        "training.two_questions={loss: 1, weight: 0.5}",
      ],
      ["consistency={method: mean_teacher, temperature: 0.4, weight: 3, balanced: {loss: 0.7, weight: 0.3}}"],
      ["consistency={method: fixmatch, threshold: 0.7, weight: 3, balanced: {loss: 0.7, weight: 1}}"],
    ])
  func gradients(settings: [String]) throws {
    let tiny = try TinyConsistency(settings)
    let said = try tiny.said.map { softmax($0) }
    let sureness = said.map { $0.max() ?? 0 }
    let method = tiny.tiny.configuration.consistency.method
    #expect(
      method != .fixMatch || sureness.contains { $0 > 0.7 } && sureness.contains { $0 < 0.7 }, "\(sureness)")
    let answers = try zip(tiny.said, said).map { logits, probabilities -> ([Double], Double) in
      switch method {
      case .meanTeacher: return (softmax(logits, temperature: 0.4), 1)
      case .fixMatch: return (certain(probabilities), (probabilities.max() ?? 0) >= 0.7 ? 1 : 0)
      // Before any step the mean is a third, which no one is below.
      case .softMatch, .none: return (certain(probabilities), 1)
      }
    }
    let expected = try tiny.straightforward(answers, weight: 3)
    for parts in [1, 2, 5] {
      let (found, results) = try tiny.accumulate(parts: parts)
      #expect(differences(found, expected.gradients) == [], "\(parts) parts")
      let loss = results.reduce(0) { $0 + $1.loss.item }
      #expect(abs(loss - expected.loss) < 1e-5)
      let trust = results.compactMap(\.trust).reduce(0) { $0 + $1.item }
      #expect(abs(trust - answers.reduce(0) { $0 + $1.1 } / 3) < 1e-6)
      #expect(results.allSatisfy { !$0.loss.requiresGradient })
    }
    // The teacher's own weights learn nothing from it, and it draws nothing.
    #expect(tiny.teacher.tensors.allSatisfy { $0.gradient == nil && !$0.requiresGradient })
    let labelled = try tiny.straightforward([], weight: 0)
    #expect(differences(labelled.gradients, expected.gradients).count > 10, "what is left out")
  }

  @Test("With R-Drop and an adversary every pass learns from what the teacher says")
  func withOthers() throws {
    for recipe in ["training.r_drop=1", "training.adversary.method=pgd"] {
      let one = try TinyConsistency(["consistency={method: mean_teacher, weight: 4}", recipe])
      let other = try TinyConsistency(["consistency={method: mean_teacher, weight: 0.000001}", recipe])
      let (whole, results) = try one.accumulate(parts: 1)
      #expect(differences(try one.accumulate(parts: 5).gradients, whole) == [], "\(recipe)")
      #expect(differences(try other.accumulate(parts: 1).gradients, whole).count > 10, "\(recipe)")
      #expect(results[0].loss.item > (try other.accumulate(parts: 1).results[0].loss.item))
    }
  }

  @Test("The heads of two questions learn from the videos alone that have no category, in each pass")
  func twoQuestions() throws {
    for recipe in ["training.r_drop=0", "training.r_drop=1"] {
      let tiny = try TinyConsistency([
        "consistency.method=mean_teacher", "training.two_questions={loss: 1, weight: 0.5}", recipe,
      ])
      let others = Batch(joining: TinyConsistency.unlabelled.map { tiny.batch[$0..<$0 + 1] })
      let (gradients, _) = try tiny.accumulate(parts: 1, of: others)
      for name in ["classifier", "level1_classifier", "level2_classifier"] {
        let gradient = try #require(gradients["\(name).weight"])
        #expect(gradient.absolute().maximum().item > 1e-3, "\(name), \(recipe)")
      }
    }
  }

  // MARK: By hand

  private func consistency(_ settings: String) throws -> Consistency {
    let configuration = try TinyData.configuration("consistency.ramp_up=0", "consistency={\(settings)}")
    return Consistency(
      configuration.consistency, counts: [3, 1], augmentation: configuration.optimization.augmentation)
  }

  /// Three videos of two categories, of which the teacher says 0.9, 0.4 and 0.02 of the first.
  private let said = Tensor(
    ([0.9, 0.1, 0.4, 0.6, 0.02, 0.98] as [Float]).map { logf($0) }, shape: [3, 2])

  private func answers(
    _ settings: String, whole: Int = 3, memory: ConsistencyMemory? = nil, progress: Double = 0.5
  ) throws -> Consistency.Answers {
    let consistency = try consistency(settings)
    return consistency.answers(
      said, rows: Tensor([0, 2, 3] as [Int64]), videos: 4, whole: whole,
      memory ?? consistency.memory(on: .cpu), progress: progress)
  }

  private func expect(_ tensor: Tensor, _ wanted: [Double], tolerance: Double = 1e-5) {
    let found = tensor.to(.float64).values(Double.self)
    #expect(
      found.count == wanted.count && zip(found, wanted).allSatisfy { abs($0 - $1) < tolerance },
      "\(found), not \(wanted)")
  }

  /// Says 0.8 of the first category of the first video and half of all else; of the second one, which is labelled, anything.
  private let own = Tensor(
    ([0.8, 0.2, 0.99, 0.01, 0.5, 0.5, 0.5, 0.5] as [Float]).map { logf($0) }, shape: [4, 2])

  @Test("fixmatch learns from those that the teacher is sure of, and divides by all")
  func fixMatch() throws {
    let sure = try answers("method: fixmatch, threshold: 0.85, weight: 2")
    #expect(sure.targets.values(Int64.self) == [0, 1, 1])
    expect(sure.weights, [1, 0, 1])
    expect(sure.loss(of: [own]), [2 * (-log(0.8) + log(2)) / 3])
    expect(sure.trust, [2.0 / 3])
    // As part of a batch of twelve such videos it has a quarter of that.
    let part = try answers("method: fixmatch, threshold: 0.85, weight: 2", whole: 12)
    expect(part.loss(of: [own]), [2 * (-log(0.8) + log(2)) / 12])
    expect(part.trust, [2.0 / 12])
    let unsure = try answers("method: fixmatch, threshold: 0.99")
    expect(unsure.loss(of: [own]), [0])
  }

  @Test("mean_teacher learns the probabilities, sharpened; draws and passes are averaged")
  func meanTeacher() throws {
    let soft = try answers("method: mean_teacher, temperature: 0.5, weight: 1")
    expect(
      soft.targets, [0.81 / 0.82, 0.01 / 0.82, 0.16 / 0.52, 0.36 / 0.52, 0.0004 / 0.9608, 0.9604 / 0.9608])
    let first = -(0.81 * log(0.8) + 0.01 * log(0.2)) / 0.82
    expect(soft.loss(of: [own]), [(first + 2 * log(2)) / 3])
    let even = Tensor.zeros([4, 2])
    let two = Tensor.concatenated([own, even])
    expect(soft.loss(of: [two]), [(first + 5 * log(2)) / 6])
    expect(soft.loss(of: [own, even]), [(first + 5 * log(2)) / 6])
    expect(try answers("method: mean_teacher, temperature: 1").targets, [0.9, 0.1, 0.4, 0.6, 0.02, 0.98])
  }

  @Test("softmatch weighs those below the mean sureness down, along a Gaussian of half the deviation")
  func softMatch() throws {
    let memory = ConsistencyMemory(prior: [0.75, 0.25], decay: 0.9, on: .cpu)
    withoutGradients { memory.sureness.copy(from: Tensor([0.95, 0.04] as [Float])) }
    let soft = try answers("method: softmatch, weight: 1", memory: memory)
    #expect(soft.targets.values(Int64.self) == [0, 1, 1])
    expect(soft.weights, [exp(-2 * 0.05 * 0.05 / 0.04), exp(-2 * 0.35 * 0.35 / 0.04), 1])
    expect(soft.trust, [(exp(-0.125) + exp(-6.125) + 1) / 3])
  }

  @Test(
    "What is aligned decides how much a video counts, and by labelled categories also what it is taken for")
  func alignment() throws {
    let memory = ConsistencyMemory(prior: [0.75, 0.25], decay: 0.9, on: .cpu)
    withoutGradients { memory.marginal.copy(from: Tensor([0.2, 0.8] as [Float])) }
    // Uniform: odds times four. 0.9 becomes 36/37, 0.4 becomes 8/11, 0.02 becomes 4/53.
    let uniform = try answers("method: fixmatch, threshold: 0.7, alignment: uniform", memory: memory)
    #expect(uniform.targets.values(Int64.self) == [0, 1, 1], "as the teacher says")
    expect(uniform.weights, [1, 1, 1])
    expect(
      try answers("method: fixmatch, threshold: 0.95, alignment: uniform", memory: memory).weights, [1, 0, 0])
    // Three of four labelled videos are of the first category: odds times twelve.
    let labelled = try answers("method: fixmatch, threshold: 0.7, alignment: labelled", memory: memory)
    #expect(labelled.targets.values(Int64.self) == [0, 0, 1])
    expect(labelled.weights, [1, 1, 1])
    let soft = try answers("method: mean_teacher, temperature: 1, alignment: labelled", memory: memory)
    expect(soft.targets, [108.0 / 109, 1.0 / 109, 8.0 / 9, 1.0 / 9, 12.0 / 61, 49.0 / 61], tolerance: 1e-4)
  }

  @Test("The weight rises along a Gaussian over the first part of the steps, and stays")
  func rampUp() throws {
    for (progress, part) in [(0, exp(-5)), (0.1, exp(-1.25)), (0.2, 1), (0.9, 1)] {
      let answers = try answers("method: fixmatch, weight: 6, ramp_up: 0.2", progress: progress)
      #expect(abs(answers.factor - 2 * part) < 1e-12)
    }
    #expect(try answers("method: fixmatch, weight: 6", progress: 0).factor == 2)
  }

  @Test(
    "What is remembered is the mean over the videos of a step, however it is split, and soon not the beginning"
  )
  func memory() throws {
    let memory = ConsistencyMemory(prior: [0.75, 0.25], decay: 0.9, on: .cpu)
    expect(memory.sureness, [0.5, 1])
    expect(memory.marginal, [0.5, 0.5])
    let seen = try #require(try answers("method: softmatch").seen)
    expect(seen, [3, 0.9 + 0.6 + 0.98, 0.81 + 0.36 + 0.9604, 1.32, 1.68])
    memory.take([seen])
    let mean = 2.48 / 3
    let variance = (pow(0.9 - mean, 2) + pow(0.6 - mean, 2) + pow(0.98 - mean, 2)) / 2
    let kept = 2.0 / 11
    expect(memory.sureness, [kept * 0.5 + (1 - kept) * mean, kept + (1 - kept) * variance])
    expect(memory.marginal, [kept * 0.5 + (1 - kept) * 0.44, kept * 0.5 + (1 - kept) * 0.56])
    // In two parts, of one and of two videos.
    let split = ConsistencyMemory(prior: [0.75, 0.25], decay: 0.9, on: .cpu)
    let parts = [said.narrowed(0, 0..<1), said.narrowed(0, 1..<3)].map { part in
      let probabilities = part.exponential()
      return ConsistencyMemory.seen(
        sureness: probabilities.maximum(along: -1), probabilities: probabilities)
    }
    split.take(parts)
    expect(split.sureness, memory.sureness.to(.float64).values(Double.self))
    split.take([])
    #expect(split.stateCounts == ["updates": 1], "a batch without such videos says nothing")
    for _ in 0..<200 { memory.take([seen]) }
    expect(memory.marginal, [0.44, 0.56])
  }

  @Test("Of steps with one video each, how far these lie from the mean so far is the variance")
  func alone() {
    let memory = ConsistencyMemory(prior: [0.75, 0.25], decay: 0.999, on: .cpu)
    for step in 0..<200 {
      let sure: Float = step % 2 == 0 ? 0.4 : 0.9
      memory.take([
        ConsistencyMemory.seen(
          sureness: Tensor([sure]), probabilities: Tensor([sure, 1 - sure], shape: [1, 2]))
      ])
    }
    expect(memory.sureness, [0.65, 0.0625], tolerance: 0.02)
  }

  @Test("A batch in parts remembers what the whole does")
  func remembered() throws {
    let tiny = try TinyConsistency(["consistency.method=softmatch"])
    let memories = try [1, 2, 5].map { parts in
      let memory = tiny.consistency.memory(on: .cpu)
      let (_, results) = try tiny.accumulate(parts: parts, memory: memory)
      tiny.task.remember(results.compactMap(\.seen), in: memory)
      return memory
    }
    for memory in memories.dropFirst() {
      for (one, other) in zip(memories[0].stateTensors, memory.stateTensors) {
        expect(other.tensor, one.tensor.to(.float64).values(Double.self), tolerance: 1e-6)
      }
    }
    #expect(memories[0].sureness.values(Float.self) != tiny.consistency.memory(on: .cpu).sureness.values())
  }
}
