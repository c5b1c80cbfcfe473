import Batching
import Models
import NN
import RunFixtures
import Testing
import Torch

@testable import Tasks
@testable import Training

extension Serial {
  @Suite("The gradients of a batch") struct BatchGradientsTests {
    private static let withoutDropout = ["training.head_dropout=0", "text_encoder.hidden_dropout_prob=0"]

    private func tiny(_ settings: [String]) throws -> TinyBatch { try TinyBatch(settings) }

    /// The published recipe step by step, the backbone and all gradients computed in every pass.
    private func straightforward(
      _ tiny: TinyBatch, radius: Float, stepLength: Float, steps: Int
    ) -> [String: Tensor] {
      let words = tiny.model.wordEmbeddings
      func backward() {
        tiny.objective.loss(tiny.output(), tiny.objective.target(of: tiny.batch, in: tiny.batch)).backward()
      }
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
      let before = tiny.model.wordEmbeddings.bytes
      let found = tiny.gradients()
      #expect(tiny.model.wordEmbeddings.bytes == before, "the embeddings come back")
      let isFGM = method == "fgm"
      let expected = straightforward(
        tiny, radius: Float(epsilon), stepLength: Float(isFGM ? epsilon : alpha), steps: isFGM ? 1 : steps)
      #expect(expected.count == tiny.store.parameters.count)
      #expect(differences(found, expected) == [])
      let clean = try self.tiny(Self.withoutDropout).gradients()
      #expect(differences(clean, expected).count > expected.count / 2, "an attack that changes nothing")
    }

    @Test("Without an attack they are those of the loss, the backbone's too")
    func plain() throws {
      let tiny = try tiny(Self.withoutDropout)
      let expected = tiny.gradients {
        tiny.objective.loss(tiny.output(), tiny.objective.target(of: tiny.batch, in: tiny.batch)).backward()
      }
      #expect(expected.keys.contains { $0.hasPrefix("backbone.") })
      #expect(differences(tiny.gradients(), expected) == [])
    }

    @Test("R-Drop adds half of the two divergences between passes that differ by their dropout")
    func rDrop() throws {
      let tiny = try tiny(["training.r_drop=3", "training.head_dropout=0.4"])
      RandomState.seed(11)
      let found = tiny.gradients()
      RandomState.seed(11)
      let target = tiny.objective.target(of: tiny.batch, in: tiny.batch)
      let expected = tiny.gradients {
        let (first, second) = (tiny.output(), tiny.output())
        let (p, q) = (first.logits.softmax(along: -1), second.logits.softmax(along: -1))
        let divergence = (p * (p / q).logarithm()).sum() + (q * (q / p).logarithm()).sum()
        let mean = (tiny.objective.loss(first, target) + tiny.objective.loss(second, target)) / 2
        (mean + divergence * (3 * 0.5 / 5)).backward()
      }
      #expect(differences(found, expected) == [])
      let without = try self.tiny(["training.r_drop=0.000001", "training.head_dropout=0.4"])
      RandomState.seed(11)
      #expect(differences(without.gradients(), expected).count > 10)
    }

    @Test(
      "A batch in parts has the gradient of the whole, whatever the loss is made of", arguments: [2, 3, 5, 9])
    func accumulation(parts: Int) throws {
      let tiny = try tiny(
        Self.withoutDropout + [
          "training.class_weights={scheme: inverse}", "training.auxiliary_text_loss=0.7",
          "training.level1_loss=0.5", "training.focal_gamma=1.5", "training.logit_adjustment=0.5",
        ])
      #expect(tiny.batch.parts(parts).flatMap { $0.samples.map(\.index) } == [0, 1, 2, 3, 4])
      #expect(differences(tiny.gradients(parts: parts), tiny.gradients()) == [])
    }

    @Test("R-Drop's divergence is a mean over the whole batch too")
    func accumulatedRDrop() throws {
      // Without dropout there is no divergence: what is left is the loss, twice halved.
      let tiny = try tiny(Self.withoutDropout + ["training.r_drop=2"])
      #expect(differences(tiny.gradients(parts: 3), tiny.gradients()) == [])
    }

    @Test("A frozen backbone computes no gradient, and what is above it learns as before")
    func frozen() throws {
      let tiny = try tiny(Self.withoutDropout)
      let all = tiny.gradients()
      Unfreezing(start: 1, end: 1).apply(to: tiny.store, progress: 0.9)
      #expect(!tiny.model.vectors(of: tiny.input().pictures).requiresGradient, "no graph is recorded")
      let rest = tiny.gradients()
      #expect(differences(rest, all.filter { !$0.key.hasPrefix("backbone.") }, tolerance: 0) == [])
      #expect(rest.count < all.count)
    }
  }
}
