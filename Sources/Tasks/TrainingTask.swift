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
  /// What is kept from step to step beside the weights.
  associatedtype Memory: TrainingState = NoState

  /// What is hidden of texts at random, for the model to find; nil where nothing is.
  var masking: TokenMasking? { get }

  /// How videos whose target is `unlabelled` are shown; nil where there are none.
  var views: TwoViews? { get }

  /// Whether a teacher computes with the exponential moving average of the weights.
  var asksAverage: Bool { get }

  /// What is kept as it is before the first step; nil where nothing is.
  func memory(on device: Device) -> Memory?

  /// - Parameter scope: of a store, or of a replica of one.
  func learner(_ scope: Scope) -> Learner

  /// - Parameter whole: the batch that `part` is a part of: the losses of its parts add up to its own.
  func plan(_ part: Batch, of whole: Batch, in upload: inout Upload) -> Plan

  /// Leaves the gradients of the parts' losses in the learners' weights.
  /// - Parameter collect: to be called between two passes that leave gradients in the same weights, so that each is
  ///   rounded on its own, and added in float32.
  func accumulate(
    _ parts: [TaskPart<Self>], on cores: Cores, collect: () throws -> Void
  ) throws -> [PartResult]

  /// Takes in what the parts of a step have seen; of one that counts, once, whatever number of parts it was computed in.
  func remember(_ seen: [Tensor], in memory: Memory)

  /// Runs a part forward as training does, for what its layers note in the pass.
  func observe(_ part: TaskPart<Self>)

  /// Whether a batch that is computed in rounds, one after the other, has the gradient that it has as a whole.
  var isExactInRounds: Bool { get }

  /// The first of the model's outputs that holds something else than numbers, without dropout; nil where none does.
  func firstNonFinite(_ part: TaskPart<Self>) -> String?
}

extension TrainingTask where Memory == NoState {
  package var views: TwoViews? { nil }
  package var asksAverage: Bool { false }
  package func memory(on device: Device) -> NoState? { nil }
  package func remember(_ seen: [Tensor], in memory: NoState) {}
}

/// What a part of a batch has come to.
package struct PartResult {
  /// A scalar outside of any graph, as all here.
  package let loss: Tensor
  /// How much of the videos without a category the step learns from, 0…1; the parts' add up to the batch's. nil where there
  /// are none.
  package let trust: Tensor?
  /// What is to be remembered.
  package let seen: Tensor?

  package init(loss: Tensor, trust: Tensor? = nil, seen: Tensor? = nil) {
    self.loss = loss
    self.trust = trust
    self.seen = seen
  }
}

/// A part of a batch, and what it is computed with.
package struct TaskPart<Task: TrainingTask> {
  package let learner: Task.Learner
  package let batch: PackedBatch<Task.Plan>
  package let destination: InputDestination
  package let pass: TrainingPass
  /// With the mean of the weights, where a task asks for it.
  package let teacher: Task.Learner?
  package let memory: Task.Memory?
  /// The part of all steps that is done, 0…1.
  package let progress: Double

  package init(
    learner: Task.Learner, batch: PackedBatch<Task.Plan>, destination: InputDestination, pass: TrainingPass,
    teacher: Task.Learner? = nil, memory: Task.Memory? = nil, progress: Double = 0
  ) {
    self.learner = learner
    self.batch = batch
    self.destination = destination
    self.pass = pass
    self.teacher = teacher
    self.memory = memory
    self.progress = progress
  }
}
