import NN
import Torch

/// Changes the word embeddings so that the loss grows, and learns from that loss too.
///
/// PGD (Madry et al., 2018) takes K steps of length α along the gradient of the embeddings, each followed by a
/// projection into the ball of radius ε around where they were; the gradients of the last step are added to the clean
/// ones. FGM (Miyato et al., 2017) is its one step of length ε.
struct Adversary {
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

  /// Adds the gradients of the attacked loss to those of the parameters; the embeddings come back as they were.
  /// - Parameter embeddings: hold the gradient of the clean loss.
  /// - Parameter loss: of one more pass with the embeddings as they are when it is called.
  func attack(_ embeddings: Tensor, loss: () -> Tensor) {
    guard var gradient = embeddings.gradient else { return }
    let original = embeddings.detached().clone()
    defer { withoutGradients { embeddings.copy(from: original) } }
    for step in 1...steps {
      withoutGradients {
        let change = embeddings - original + gradient * (gradient.reciprocalNorm * stepLength)
        let shortened = change * (change.reciprocalNorm * radius).clamped(atMost: 1)
        embeddings.copy(from: original + shortened)
      }
      let loss = loss()
      guard step < steps else { return loss.backward() }
      // The way to the next step is the embeddings' gradient: no other is computed.
      gradient = loss.gradients(of: [embeddings])[0] ?? gradient
    }
  }
}

extension Tensor {
  /// A scalar tensor, so that a processor need not wait for its accelerator; large where the norm is 0.
  fileprivate var reciprocalNorm: Tensor { Foreach.norm([self])[0].clamped(atLeast: 1e-12).power(-1) }
}
