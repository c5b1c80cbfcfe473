package import Batching
package import NN
package import Torch

/// What a model is trained on: targets, heads, loss, and the way back from it. The trainer, its checkpoints, the
/// splitting of batches, skipping and replaying know no task by name.
package protocol TrainingTask: Sendable {
  /// What is computed of a batch's targets ahead of the step.
  associatedtype Plan: Sendable
  /// The model with its heads and its loss, as one core has it.
  associatedtype Learner

  /// What is hidden of texts at random, for the model to find; nil where nothing is.
  var masking: TokenMasking? { get }

  /// - Parameter scope: of a store, or of a replica of one.
  func learner(_ scope: Scope) -> Learner

  /// - Parameter whole: the batch that `part` is a part of: the losses of its parts add up to its own.
  func plan(_ part: Batch, of whole: Batch, in upload: inout Upload) -> Plan

  /// Leaves the gradients of the parts' losses in the learners' weights.
  /// - Parameter collect: to be called between two passes that leave gradients in the same weights, so that each is
  ///   rounded on its own, and added in float32.
  /// - Returns: the loss of each part, a scalar outside of any graph.
  func accumulate(_ parts: [TaskPart<Self>], on cores: Cores, collect: () throws -> Void) throws -> [Tensor]

  /// Runs a part forward as training does, for what its layers note in the pass.
  func observe(_ part: TaskPart<Self>)

  /// Whether a batch that is computed in rounds, one after the other, has the gradient that it has as a whole.
  var isExactInRounds: Bool { get }

  /// The first of the model's outputs that holds something else than numbers, without dropout; nil where none does.
  func firstNonFinite(_ part: TaskPart<Self>) -> String?
}

/// A part of a batch, and what it is computed with.
package struct TaskPart<Task: TrainingTask> {
  package let learner: Task.Learner
  package let batch: PackedBatch<Task.Plan>
  package let destination: InputDestination
  package let pass: TrainingPass

  package init(
    learner: Task.Learner, batch: PackedBatch<Task.Plan>, destination: InputDestination, pass: TrainingPass
  ) {
    self.learner = learner
    self.batch = batch
    self.destination = destination
    self.pass = pass
  }
}
