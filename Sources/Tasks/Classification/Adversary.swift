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
  /// - Parameter gradient: of the clean loss; without one there is nothing to climb.
  /// - Parameter pass: one more pass with the embeddings as they are when it is called. All but the last one return the
  ///   embeddings' gradient.
  func attack(_ embeddings: Tensor, gradient: Tensor?, pass: (_ isLast: Bool) throws -> Tensor?) rethrows {
    guard var gradient else { return }
    let original = withoutGradients { embeddings.detached().clone() }
    defer { withoutGradients { embeddings.copy(from: original) } }
    for step in 1...steps {
      withoutGradients {
        let change = embeddings - original + gradient * (gradient.reciprocalNorm * stepLength)
        let shortened = change * (change.reciprocalNorm * radius).clamped(atMost: 1)
        embeddings.copy(from: original + shortened)
      }
      gradient = try pass(step == steps) ?? gradient
    }
  }
}

extension Tensor {
  /// A scalar tensor, so that a processor need not wait for its accelerator; large where the norm is 0.
  fileprivate var reciprocalNorm: Tensor { Foreach.norm([self])[0].clamped(atLeast: 1e-12).power(-1) }
}
