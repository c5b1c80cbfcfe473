package import Batching
package import Torch

/// What one step did.
package struct StepResult {
  /// Counted from 1.
  package let step: Int
  package let outcome: Outcome
  /// Of all gradients together, before clipping.
  package let gradientNorm: Double
  /// How much of the batch's videos without a category was learnt from, 0…1; nil where there were none.
  package let trust: Double?
  /// Of each group of parameters.
  package let learningRates: [(group: String, rate: Double)]
  package let videos: Int
  /// Why memory ran out, if it did: from now on batches are computed in `TrainingProgress.rounds`.
  package let split: OutOfMemory?

  package enum Outcome {
    case loss(Double)
    case skipped(BadStep)
  }
}

/// A step without a finite loss and gradient, with what it takes to repeat it: what it drew follows from its number.
package struct BadStep {
  /// The first tensor that was not finite.
  package let tensor: String
  package let batch: Batch
  /// In how many rounds the batch was computed.
  package let rounds: Int
}
