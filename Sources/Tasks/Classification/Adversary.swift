import NN
import Torch

/// Changes the word embeddings so that the loss grows, and learns from that loss too.
///
/// PGD (Madry et al., 2018) takes K steps of length α along the gradient of the embeddings, each followed by a
/// projection into the ball of radius ε around where they were; the gradients of the last step are added to the clean
/// ones. FGM (Miyato et al., 2017) is its one step of length ε.
struct Adversary: Sendable {
  let radius: Double
  let stepLength: Double
  let steps: Int

  /// nil where nothing is attacked.
  init?(_ settings: AdversaryConfiguration) {
    radius = settings.epsilon
    switch settings.method {
    case .none: return nil
    case .fgm: (stepLength, steps) = (settings.epsilon, 1)
    case .pgd: (stepLength, steps) = (settings.alpha, settings.steps)
    }
  }

  /// Moves the embeddings step by step; they come back as they were.
  /// - Parameter rows: those that the loss depends on, `[count]` int64, each once. The others' gradients are 0: they stay
  ///   where they are, and are not computed.
  /// - Parameter gradient: of these rows, float32, of the clean loss; without one there is nothing to climb.
  /// - Parameter pass: one more pass with the embeddings as they are when it is called. All but the last one return the
  ///   gradient of the rows.
  func attack(
    _ embeddings: Tensor, rows: Tensor, gradient: Tensor?, pass: (_ isLast: Bool) throws -> Tensor?
  ) rethrows {
    guard var gradient else { return }
    // In float32, so that small steps add up whatever type the embeddings have.
    let original = withoutGradients { embeddings.gathered(rows).to(.float32) }
    var attacked = original
    defer { withoutGradients { embeddings.copy(rows: original.to(embeddings.type), at: rows) } }
    for step in 1...steps {
      withoutGradients {
        let change = attacked - original + gradient * (gradient.reciprocalNorm * stepLength)
        attacked = original + change * (change.reciprocalNorm * radius).clamped(atMost: 1)
        embeddings.copy(rows: attacked.to(embeddings.type), at: rows)
      }
      gradient = try pass(step == steps) ?? gradient
    }
  }
}

extension Tensor {
  /// A scalar tensor, so that a processor need not wait for its accelerator; large where the norm is 0.
  fileprivate var reciprocalNorm: Tensor { Foreach.norm([self])[0].clamped(atLeast: 1e-12).power(-1) }
}
