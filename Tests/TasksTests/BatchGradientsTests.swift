import Batching
import Models
import NN
import RunFixtures
import Settings
import Testing
import Torch

@testable import Tasks
@testable import Training

@Suite("The gradients of a batch") struct BatchGradientsTests {
  private static let withoutDropout = ["training.head_dropout=0", "text_encoder.hidden_dropout_prob=0"]

  private func tiny(_ settings: [String]) throws -> TinyBatch { try TinyBatch(settings) }

  /// The published recipe step by step, the backbone and all gradients computed in every pass.
  private func straightforward(
    _ tiny: TinyBatch, radius: Float, stepLength: Float, steps: Int
  ) -> [String: Tensor] {
    let words = tiny.model.encoder.wordEmbeddings
    func backward() { tiny.loss(tiny.output()).backward() }
    func norm(_ values: [Float]) -> Float { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    return tiny.gradients {
      backward()
      let clean = tiny.store.tensors.map { $0.gradient?.clone() }
      let original = words.values(Float.self)
      for step in 0..<steps {
        let gradient = words.gradient?.values(Float.self) ?? []
        let moved = zip(words.values(Float.self), gradient).map { $0 + stepLength * $1 / norm(gradient) }
        let change = zip(moved, original).map { $0 - $1 }
        let factor = min(1, radius / norm(change))
        let attacked = zip(original, change).map { $0 + factor * $1 }
        withoutGradients { words.copy(from: Tensor(attacked, shape: words.shape)) }
        for (tensor, gradient) in zip(tiny.store.tensors, clean) {
          tensor.gradient = step == steps - 1 ? gradient : nil
        }
        backward()
      }
      withoutGradients { words.copy(from: Tensor(original, shape: words.shape)) }
    }
  }

  @Test(
    "Under attack they equal those of the straightforward way to 1e-5, for every parameter",
    arguments: [
      ("fgm", 0.5, 0.3, 3), ("pgd", 1, 0.3, 3), ("pgd", 0.4, 0.3, 3), ("pgd", 1, 0.3, 1),
      ("pgd", 0.7, 0.2, 5),
    ])
  func attacked(method: String, epsilon: Double, alpha: Double, steps: Int) throws {
    let tiny = try tiny(
      Self.withoutDropout + [
        "training.adversary={method: \(method), epsilon: \(epsilon), alpha: \(alpha), steps: \(steps)}"
      ])
    let before = tiny.model.encoder.wordEmbeddings.bytes
    let isFGM = method == "fgm"
    let expected = straightforward(
      tiny, radius: Float(epsilon), stepLength: Float(isFGM ? epsilon : alpha), steps: isFGM ? 1 : steps)
    #expect(expected.count == tiny.store.parameters.count)
    // Side by side the parts are attacked by one change, that of the whole batch.
    for parts in [1, 2, 5] {
      #expect(differences(try tiny.gradients(parts: parts), expected) == [], "\(parts) parts")
      #expect(tiny.model.encoder.wordEmbeddings.bytes == before, "the embeddings come back")
    }
    let clean = try self.tiny(Self.withoutDropout).gradients()
    #expect(differences(clean, expected).count > expected.count / 2, "an attack that changes nothing")
  }

  @Test("Without an attack they are those of the loss, the backbone's too", arguments: [1, 2])
  func plain(parts: Int) throws {
    let tiny = try tiny(Self.withoutDropout)
    let expected = tiny.gradients { tiny.loss(tiny.output()).backward() }
    #expect(expected.keys.contains { $0.hasPrefix("backbone.") })
    #expect(differences(try tiny.gradients(parts: parts), expected) == [])
  }

  @Test(
    "The heads of two questions learn, in every recipe, and the encoder from them",
    arguments: [
      [], ["training.r_drop=1"], ["training.adversary.method=pgd"], ["training.dropout_samples=3"],
    ])
  func twoQuestions(recipe: [String]) throws {
    let tiny = try tiny(Self.withoutDropout + ["training.two_questions.loss=2"] + recipe)
    let found = try tiny.gradients()
    let heads = found.filter { $0.key.hasPrefix("level") }
    #expect(
      heads.keys.sorted() == [
        "level1_classifier.bias", "level1_classifier.weight", "level2_classifier.bias",
        "level2_classifier.weight",
      ])
    #expect(heads.values.allSatisfy { $0.isFinite && $0.absolute().maximum().item > 1e-4 })
    for parts in [2, 5] where recipe != ["training.r_drop=1"] {
      #expect(differences(try tiny.gradients(parts: parts), found) == [], "\(parts) parts")
    }
    if recipe.isEmpty {
      let expected = tiny.gradients { tiny.loss(tiny.output()).backward() }
      #expect(differences(found, expected) == [])
      // Against the slope of the loss itself, at one weight of each head.
      for name in heads.keys.sorted() {
        guard let parameter = tiny.store.parameters.first(where: { $0.name == name })?.tensor else {
          continue
        }
        let values = parameter.values(Float.self)
        func loss(_ change: Float) -> Double {
          var changed = values
          changed[1] += change
          withoutGradients { parameter.copy(from: Tensor(changed, shape: parameter.shape)) }
          return tiny.loss(tiny.output()).item
        }
        let slope = (loss(0.01) - loss(-0.01)) / 0.02
        withoutGradients { parameter.copy(from: Tensor(values, shape: parameter.shape)) }
        #expect(abs(slope - Double(found[name]?.values(Float.self)[1] ?? 9)) < 2e-3, "\(name)")
      }
    }
  }

  @Test("R-Drop adds half of the two divergences between passes that differ by their dropout")
  func rDrop() throws {
    let tiny = try tiny(["training.r_drop=3", "training.head_dropout=0.4"])
    let found = try tiny.gradients()
    let pass = TrainingPass(seed: 1)
    let expected = tiny.gradients {
      let (first, second) = (tiny.output(pass), tiny.output(pass))
      let (p, q) = (first.logits.softmax(along: -1), second.logits.softmax(along: -1))
      let divergence = (p * (p / q).logarithm()).sum() + (q * (q / p).logarithm()).sum()
      let mean = (tiny.loss(first) + tiny.loss(second)) / 2
      (mean + divergence * (3 * 0.5 / 5)).backward()
    }
    #expect(differences(found, expected) == [])
    let without = try self.tiny(["training.r_drop=0.000001", "training.head_dropout=0.4"])
    #expect(differences(try without.gradients(), expected).count > 10)
  }

  @Test(
    "A batch in parts has the gradient of the whole, whatever the loss is made of", arguments: [2, 3, 5, 9])
  func parts(count: Int) throws {
    let tiny = try tiny(
      Self.withoutDropout + [
        "training.class_weights={scheme: inverse}", "training.auxiliary_text_loss=0.7",
        "training.level1_loss=0.5", "training.focal_gamma=1.5", "training.logit_adjustment=0.5",
        "training.two_questions={loss: 0.8, weight: 0.5}",
      ])
    #expect(tiny.batch.parts(count).flatMap { $0.videos.map(\.index) } == [0, 1, 2, 3, 4])
    #expect(differences(try tiny.gradients(parts: count), try tiny.gradients()) == [])
  }

  @Test("A distribution that is certain is a category; one that is not lies between, and weights count")
  func distributions() throws {
    let tiny = try tiny(
      Self.withoutDropout + [
        "training.level1_loss=0.5", "training.class_weights={scheme: inverse}",
        "training.two_questions.loss=0.8",
      ])
    func batch(_ target: (Batch.Video) -> Target?) -> Batch {
      Batch(
        videos: tiny.batch.videos.map {
          .init(
            index: $0.index, tokenCount: $0.tokenCount, frameCount: $0.frameCount, target: target($0),
            status: $0.status)
        }, tokens: tiny.batch.tokens, pictures: tiny.batch.pictures)
    }
    func certain(_ video: Batch.Video, weight: Float = 1) -> Target? {
      guard case .category(let label) = video.target else { return nil }
      return .distribution((0..<3).map { $0 == label ? 1 : 0 }, weight: weight)
    }
    let categories = try tiny.gradients()
    #expect(differences(try tiny.gradients(of: batch { certain($0) }), categories) == [])
    // Categories and distributions in one batch, and in parts of it.
    let mixed = batch { $0.index.isMultiple(of: 2) ? certain($0) : $0.target }
    for parts in [1, 2, 5] {
      #expect(differences(try tiny.gradients(parts: parts, of: mixed), categories) == [])
    }
    // What has no weight teaches nothing: the first video alone is left.
    let first = try tiny.gradients(of: batch { $0.index == 0 ? certain($0) : certain($0, weight: 0) })
    #expect(differences(first, categories).count > 10)
    let even = try tiny.gradients(of: batch { _ in .distribution([1 / 3, 1 / 3, 1 / 3], weight: 1) })
    #expect(differences(even, categories).count > 10)
  }

  @Test("A frozen backbone computes no gradient, and what is above it learns as before")
  func frozen() throws {
    let tiny = try tiny(Self.withoutDropout)
    let all = try tiny.gradients()
    Unfreezing(start: 1, end: 1).apply(to: tiny.store, progress: 0.9)
    #expect(
      !tiny.model.encoder.vectors(of: tiny.input().pictures, .evaluation).requiresGradient,
      "no graph is recorded")
    let rest = try tiny.gradients()
    let above = all.filter { !$0.key.hasPrefix("backbone.") }
    // The same bits with OpenBLAS; MKL's products, which libtorch 2 may be built with, round by where in memory they lie.
    let largest = above.values.reduce(0) { max($0, $1.absolute().maximum().item) }
    #expect(differences(rest, above, tolerance: 1e-6 * largest) == [])
    #expect(rest.count < all.count)
  }

  @Test(
    "A step sends its numbers to the device in three copies, whatever the recipe: pixels, whole numbers, reals",
    arguments: [
      [], ["training.adversary={method: pgd, epsilon: 1, alpha: 0.3, steps: 3}"], ["training.r_drop=1"],
    ])
  func uploads(settings: [String]) async throws {
    await #expect(processExitsWith: .success) { [settings] in
      let tiny = try TinyBatch(settings)
      let replicas = Replicas(of: tiny.store, as: .bfloat16, on: Cores(1)) { tiny.task.learner($0) }
      try replicas.refresh()
      let destination = InputDestination(tiny.configuration.frames, vectorSize: 16, type: .bfloat16, on: .cpu)
      let part = TaskPart<Classification>(
        learner: replicas.models[0], batch: tiny.packed(), destination: destination,
        pass: TrainingPass(seed: 1))
      let counts = try OperatorTally.counting {
        _ = try tiny.task.accumulate([part], on: Cores(1), collect: replicas.collectGradients)
      }
      #expect(counts[OperatorTally.upload] == 3)
      #expect(counts["to.device"] == nil)
    }
  }
}
