package import Batching
package import Torch

/// A step without a finite loss and gradient, with what it takes to repeat it.
package struct BadStep {
  /// The first tensor that was not finite.
  package let tensor: String
  package let batch: Batch
  /// Before the step.
  package let randomState: [String: Tensor]
  /// In how many parts the batch was computed.
  package let parts: Int
}
