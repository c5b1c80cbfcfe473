package import Batching
package import Dataset
package import Inference
package import Models
package import NN
import Storage
package import Tasks
package import Torch

/// Trains the model of one fold: steps, the average of its weights, and what they predict for the videos left out.
///
/// It can stop after any step: what its states and `progress` hold, with the seed, gives all that follows.
package final class FoldTrainer {
  /// The videos of a fold, by their place in the annotations.
  package struct Split {
    package let training: [Int]
    package let validation: [Int]

    package init(training: [Int], validation: [Int]) {
      self.training = training
      self.validation = validation
    }
  }

  package let store: ParameterStore
  let model: VideoTextClassifier
  let settings: OptimizationConfiguration
  let reader: SampleReader
  private let preparation: InputPreparation
  private let split: Split
  let runtime: Runtime
  /// Independent of every other fold's.
  private let seed: UInt64
  private let sampler: Sampler
  private let schedule: Schedule
  private let objective: Objective
  private let batchGradients: BatchGradients
  private let optimizer: AdamW
  private let average: PredictingAverage
  /// Set when training goes on from a checkpoint.
  package internal(set) var progress = FoldProgress()

  /// - Parameters:
  ///   - seed: of the run; each fold draws from a stream of its own.
  ///   - preparation: of the samples that `reader` reads.
  ///   - labels: the category of each annotation, as a number.
  package init(
    fold: Int, split: Split, architecture: VideoTextClassifier.Configuration, seed runSeed: UInt64,
    preparation: InputPreparation, optimization: OptimizationConfiguration,
    classification: ClassificationConfiguration, reader: SampleReader, categories: Categories, labels: [Int],
    runtime: Runtime
  ) {
    var generator = SeededGenerator(seed: runSeed, stream: UInt64(fold))
    seed = generator.next()
    RandomState.seed(seed, on: runtime.device)
    settings = optimization
    self.preparation = preparation
    self.reader = reader
    self.split = split
    self.runtime = runtime
    store = ParameterStore(on: runtime.device)
    model = VideoTextClassifier(store.root, architecture)
    sampler = Sampler(videos: split.training, labels: labels, exponent: settings.samplingExponent)
    schedule = Schedule(
      settings.schedule, warmUp: settings.warmUp,
      totalSteps: Self.totalSteps(videos: split.training.count, settings))
    objective = Objective(
      classification, counts: categories.counts(of: split.training.map { labels[$0] }),
      parents: categories.parents,
      modality: preparation.modality, on: runtime.device)
    batchGradients = BatchGradients(model, objective, classification)
    optimizer = AdamW(ParameterGroups.make(store, settings))
    average = PredictingAverage(
      of: store, settings.average, schedule,
      epochSteps: Self.epochSteps(videos: split.training.count, settings))
    progress.parts = settings.accumulation
  }

  /// Optimizer steps of a whole training.
  package static func totalSteps(videos: Int, _ settings: OptimizationConfiguration) -> Int {
    let steps = epochSteps(videos: videos, settings) * settings.epochs
    return settings.maximumSteps > 0 ? min(steps, settings.maximumSteps) : steps
  }

  /// The last batch of an epoch may be smaller.
  private static func epochSteps(videos: Int, _ settings: OptimizationConfiguration) -> Int {
    (videos + settings.batchSize - 1) / settings.batchSize
  }

  package var isFinished: Bool { progress.step >= schedule.totalSteps }

  /// Whether there are steps to make, or an epoch to end.
  package var hasWork: Bool { !isFinished || progress.batches > 0 }

  /// What one step did.
  package struct StepResult {
    /// Counted from 1.
    package let step: Int
    package let outcome: Outcome
    package let learningRate: Double
    package let videos: Int
    /// Why memory ran out, if it did: from now on batches are computed in `FoldProgress.parts`.
    package let split: OutOfMemory?

    package enum Outcome {
      case loss(Double)
      case skipped(BadStep)
    }
  }

  /// Trains the rest of the epoch: a pass over the training videos in a random order of its own.
  /// - Parameter report: is told of each step; what it throws ends the training.
  /// - Throws: `VideoTooLarge` when a single video does not fit into memory.
  package func trainEpoch(report: (StepResult) throws -> Void) throws {
    let settings = settings
    let stream = UInt64(progress.epoch) << 32
    var generator = SeededGenerator(seed: seed, stream: stream)
    let order = sampler.epoch(using: &generator)
    let (reader, seed) = (reader, seed)
    let done = progress.batches
    let batches = Prefetcher(
      count: max(0, Self.epochSteps(videos: order.count, settings) - done), depth: runtime.prefetchDepth
    ) { number in
      let first = (done + number) * settings.batchSize
      return Batch(
        order[first..<min(first + settings.batchSize, order.count)].map { turn in
          reader.sample(
            turn.index,
            changes: RandomChanges(
              settings.augmentation,
              from: SeededGenerator(
                seed: seed &+ UInt64(turn.repetition), stream: stream + UInt64(turn.index) + 1)))
        })
    }
    defer { batches.cancel() }
    while !isFinished, let batch = batches.next() { try report(try train(batch)) }
  }

  /// - Parameter row: what is to be remembered of the epoch.
  package func endEpoch(_ row: EpochResult) { progress.endEpoch(row) }

  private func train(_ batch: Batch) throws -> StepResult {
    let factor = schedule.factor(at: progress.step)
    let randomState = RandomStates.save(on: runtime.device)
    let (loss, norm, split) = try gradients(of: batch, drawingFrom: randomState)
    let outcome: StepResult.Outcome
    if loss.isFinite, norm.isFinite {
      progress.count(loss: loss)
      outcome = .loss(loss)
      try catchingOutOfMemory {
        GradientClipping.clip(
          store.tensors, norm: norm, maximumNorm: settings.maximumGradientNorm)
        optimizer.step(factor: factor)
        average.update(afterStep: progress.step)
      }
    } else {
      progress.countSkipped()
      average.skip(step: progress.step)
      outcome = .skipped(
        BadStep(
          tensor: firstNonFinite(batch, loss: loss), batch: batch, randomState: randomState,
          parts: progress.parts))
    }
    optimizer.clearGradients()
    return StepResult(
      step: progress.step, outcome: outcome,
      learningRate: settings.learningRate.fusion * factor, videos: batch.samples.count,
      split: split)
  }

  /// Accumulates the gradients of the batch's loss, in as many parts as fit into memory.
  /// - Returns: the loss and the joint norm of the gradients, and why there are more parts now, if there are.
  func gradients(
    of batch: Batch, drawingFrom randomState: [String: Tensor]
  ) throws -> (loss: Double, norm: Double, split: OutOfMemory?) {
    settings.unfreezing.apply(
      to: store, progress: Double(progress.step) / Double(schedule.totalSteps))
    var split: OutOfMemory?
    while true {
      do {
        let numbers = try catchingOutOfMemory {
          let losses = batch.parts(progress.parts).map { accumulate($0, of: batch) }
          let norm = GradientClipping.norm(of: store.tensors)
          // One wait for the device, not two.
          return Tensor.stacked([losses.dropFirst().reduce(losses[0], +), norm]).to(.float64).values(
            Double.self)
        }
        return (numbers[0], numbers[1], split)
      } catch let error as OutOfMemory {
        optimizer.clearGradients()
        RandomStates.restore(randomState)
        guard progress.parts < batch.samples.count else {
          throw VideoTooLarge(ids: batch.samples.map { reader.annotations[$0.index].id }, cause: error)
        }
        progress.parts *= 2
        split = error
      }
    }
  }

  /// Loss and gradients of a batch with the random state of a bad step, and the first tensor that is not finite.
  /// - Parameter number: of the step, counted from 1.
  package func replay(
    _ step: BadStep, number: Int, _ batch: Batch
  ) throws -> (loss: Double, norm: Double, tensor: String?) {
    RandomStates.restore(step.randomState)
    progress.step = number - 1
    progress.parts = step.parts
    defer { optimizer.clearGradients() }
    let (loss, norm, _) = try gradients(of: batch, drawingFrom: step.randomState)
    return (loss, norm, loss.isFinite && norm.isFinite ? nil : firstNonFinite(batch, loss: loss))
  }

  /// Forward and backward of a part of a batch.
  /// - Returns: the part of the batch's loss that is its own, outside the graph.
  private func accumulate(_ part: Batch, of batch: Batch) -> Tensor {
    batchGradients.accumulate(tensors(of: part), objective.target(of: part, in: batch))
  }

  func tensors(of batch: Batch) -> Batch.Tensors {
    batch.tensors(
      preparation, width: model.configuration.fusion.visualEmbeddingSize, type: runtime.computeType,
      on: runtime.device)
  }

  /// Runs `body` with the averaged weights in the place of the trained ones.
  package func withAverages<Result>(_ body: () throws -> Result) rethrows -> Result {
    try average.withAverages(body)
  }

  /// Runs `body` with the mean of other weights in the place of those that are there.
  package func withMean<Result>(of checkpoints: [Safetensors], _ body: () throws -> Result) throws -> Result {
    let present = withoutGradients { store.tensors.map { $0.detached().clone() } }
    defer { store.assign(present) }
    let mean = WeightAverage(of: store, .uniform)
    for checkpoint in checkpoints {
      store.assign(try store.parameters.map { try checkpoint.tensor($0.name) })
      mean.update()
    }
    return try mean.withAverages(body)
  }

  /// What the weights that are in place say of the videos held out.
  /// - Throws: `CancellationError` when the task is cancelled.
  package func predictValidation() throws -> [PredictedSample] {
    try Predictor(models: [model], weights: [1], preparation: preparation, runtime: runtime)
      .predictions(of: split.validation, reader: reader) { _ in try Task.checkCancellation() }
  }

  /// What a checkpoint holds, by the name of its owner.
  var states: [(owner: String, state: any TrainingState)] {
    [("model", store), ("optimizer", optimizer)] + (average.state.map { [("average", $0)] } ?? [])
  }
}
