import Dataset
import Models
import NN
import Reporting
import Storage
import Torch

/// Trains the model of one fold: steps, the average of its weights, and what they predict for the videos left out.
final class FoldTrainer {
  /// The videos of a fold, by their place in the annotations.
  struct Split {
    let training: [Int]
    let validation: [Int]
  }

  let store: ParameterStore
  let model: VideoTextClassifier
  private let configuration: RunConfiguration
  private let reader: SampleReader
  private let split: Split
  private let runtime: Runtime
  /// Independent of every other fold's.
  private let seed: UInt64
  private let sampler: Sampler
  private let schedule: Schedule
  private let objective: Objective
  private let gradients: BatchGradients
  private let optimizer: AdamW
  private let average: PredictingAverage
  private var step = 0

  init(
    fold: Int, split: Split, architecture: VideoTextClassifier.Configuration, configuration: RunConfiguration,
    reader: SampleReader, categories: Categories, labels: [Int], runtime: Runtime
  ) {
    var generator = SeededGenerator(seed: configuration.seed, stream: UInt64(fold))
    seed = generator.next()
    RandomState.seed(seed, on: runtime.device)
    self.configuration = configuration
    self.reader = reader
    self.split = split
    self.runtime = runtime
    let training = configuration.training
    store = ParameterStore(on: runtime.device)
    model = VideoTextClassifier(store.root, architecture)
    sampler = Sampler(videos: split.training, labels: labels, exponent: training.samplingExponent)
    schedule = Schedule(
      training.schedule, warmUp: training.warmUp,
      totalSteps: Self.totalSteps(videos: split.training.count, training))
    objective = Objective(
      training, counts: categories.counts(of: split.training.map { labels[$0] }), parents: categories.parents,
      modality: configuration.modality, on: runtime.device)
    gradients = BatchGradients(model, objective, training)
    optimizer = AdamW(ParameterGroups.make(store, training))
    average = PredictingAverage(
      of: store, training.average, schedule,
      epochSteps: Self.epochSteps(videos: split.training.count, training))
  }

  /// Optimizer steps of a whole training.
  static func totalSteps(videos: Int, _ training: TrainingConfiguration) -> Int {
    let steps = epochSteps(videos: videos, training) * training.epochs
    return training.maximumSteps > 0 ? min(steps, training.maximumSteps) : steps
  }

  /// The last batch of an epoch may be smaller.
  private static func epochSteps(videos: Int, _ training: TrainingConfiguration) -> Int {
    (videos + training.batchSize - 1) / training.batchSize
  }

  var isFinished: Bool { step >= schedule.totalSteps }

  /// What one step did.
  struct StepResult {
    /// Counted from 1.
    let step: Int
    let loss: Double
    let learningRate: Double
    let videos: Int
  }

  /// Trains one pass over the training videos in a new random order.
  /// - Parameter report: is told of each step; what it throws ends the training.
  /// - Throws: `DivergenceError` when the loss is no longer a number.
  func trainEpoch(_ epoch: Int, report: (StepResult) throws -> Void) throws {
    let training = configuration.training
    let stream = UInt64(epoch) << 32
    var generator = SeededGenerator(seed: seed, stream: stream)
    let order = sampler.epoch(using: &generator)
    let (reader, seed) = (reader, seed)
    let batches = Prefetcher(
      count: Self.epochSteps(videos: order.count, training), depth: runtime.prefetchDepth
    ) { number in
      let first = number * training.batchSize
      return Batch(
        order[first..<min(first + training.batchSize, order.count)].map { turn in
          reader.sample(
            turn.index,
            changes: RandomChanges(
              training.augmentation,
              from: SeededGenerator(
                seed: seed &+ UInt64(turn.repetition), stream: stream + UInt64(turn.index) + 1)))
        })
    }
    defer { batches.cancel() }
    while !isFinished, let batch = batches.next() { try report(try train(batch)) }
  }

  private func train(_ batch: Batch) throws -> StepResult {
    let training = configuration.training
    let factor = schedule.factor(at: step)
    training.unfreezing.apply(to: store, progress: Double(step) / Double(schedule.totalSteps))
    let loss = batch.parts(training.accumulation).reduce(0) { sum, part in
      let input = part.tensors(
        configuration.input, width: model.configuration.fusion.visualEmbeddingSize, type: runtime.computeType,
        on: runtime.device)
      return sum + gradients.accumulate(input, objective.target(of: part, in: batch)).item
    }
    let norm = GradientClipping.clip(store.tensors, maximumNorm: training.maximumGradientNorm)
    guard loss.isFinite, norm.isFinite else {
      throw DivergenceError(
        step: step + 1, loss: loss, ids: batch.samples.map { reader.annotations[$0.index].id })
    }
    optimizer.step(factor: factor)
    optimizer.clearGradients()
    step += 1
    average.update(afterStep: step)
    return StepResult(
      step: step, loss: loss, learningRate: training.learningRate.fusion * factor,
      videos: batch.samples.count)
  }

  /// Runs `body` with the averaged weights in the place of the trained ones.
  func withAverages<Result>(_ body: () throws -> Result) rethrows -> Result {
    try average.withAverages(body)
  }

  /// What the weights that are in place say of the videos held out.
  /// - Throws: `CancellationError` when the task is cancelled.
  func predictValidation() throws -> [PredictedSample] {
    try Predictor(models: [model], preparation: configuration.input, runtime: runtime)
      .predictions(of: split.validation, reader: reader) { _ in try Task.checkCancellation() }
  }
}

/// The loss or a gradient is no longer a number.
struct DivergenceError: ReportableError {
  let step: Int
  let loss: Double
  let ids: [String]

  private static let named = 5

  var kind: ErrorKind { .badData }
  var description: String {
    let more = ids.count > Self.named ? " and \(ids.count - Self.named) more" : ""
    return
      "training diverged at step \(step) (loss \(loss)): lower training.learning_rate, or look for odd data; "
      + "the videos of that step: \(ids.prefix(Self.named).joined(separator: ", "))\(more)"
  }
}
