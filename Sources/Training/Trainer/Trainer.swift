package import Batching
import Dataset
package import Inference
package import NN
package import Records
import Storage
package import Tasks
import Torch

/// Trains the weights of a task: epochs of steps, and the average of the weights.
///
/// It can stop after any step: what its states and `progress` hold, with the seed, gives all that follows.
package final class Trainer<Task: TrainingTask> {
  package let store: ParameterStore
  package let task: Task
  let settings: OptimizationConfiguration
  let reader: SampleReader
  let replicas: Replicas<Task.Learner>
  let destination: InputDestination
  package let curriculum: Curriculum
  let optimizer: AdamW
  let average: PredictingAverage
  let memory: Task.Memory?
  /// The model with the mean of the weights as each core has it; nil where no teacher computes with it.
  private let teachers: Replicas<Task.Learner>?
  let cores: Cores
  let runtime: Runtime
  private let sampler: Sampler
  private let further: FurtherTurns
  /// Independent of every other training's of the run.
  private let seed: UInt64
  /// Set when training goes on from a checkpoint.
  package internal(set) var progress = TrainingProgress()

  /// - Parameters:
  ///   - number: tells this training's random numbers from those of the others of the run.
  ///   - vectorSize: of a frame.
  ///   - sampler: of the videos to train on.
  ///   - further: of those that are learnt from besides.
  ///   - sources: the weights that parts of the model begin with; the rest begins at random.
  /// - Throws: `CheckpointError` naming all of the sources that does not fit.
  package init(
    _ task: Task, number: Int, seed runSeed: UInt64, sampler: Sampler, further: FurtherTurns = .none,
    reader: SampleReader, frames: FramePreparation, vectorSize: Int, sources: [WeightSource] = [],
    _ settings: OptimizationConfiguration, _ runtime: Runtime
  ) throws {
    var generator = SeededGenerator(seed: runSeed, stream: UInt64(number))
    seed = generator.next()
    self.task = task
    self.settings = settings
    self.reader = reader
    self.runtime = runtime
    self.sampler = sampler
    self.further = further
    let store = ParameterStore(sources: sources, seed: seed, on: runtime.device)
    _ = task.learner(store.root)
    try store.finish()
    self.store = store
    cores = runtime.cores(parameters: store.count, batchSize: settings.batchSize)
    replicas = Replicas(of: store, as: runtime.computeType, on: cores) { task.learner($0) }
    destination = InputDestination(
      frames, vectorSize: vectorSize, type: runtime.computeType, on: runtime.device)
    curriculum = Curriculum(
      labelled: sampler.count, further: further.videos.count, further.use, settings)
    optimizer = AdamW(ParameterGroups.make(store, settings))
    let last = curriculum.stages[curriculum.stages.count - 1]
    average = PredictingAverage(
      of: store, settings.average, last.schedule, epochSteps: last.epochSteps, before: last.firstStep)
    memory = task.memory(on: runtime.device)
    teachers =
      task.asksAverage
      ? Replicas(of: average.exponential(of: store), as: runtime.computeType, on: cores) { task.learner($0) }
      : nil
    progress.rounds = settings.accumulation
  }

  /// The model as each core has it, with the weights of the last `refresh`.
  package var learners: [Task.Learner] { replicas.models }

  package var totalSteps: Int { curriculum.totalSteps }

  package var isFinished: Bool { progress.step >= totalSteps }

  /// Whether there are steps to make, or an epoch to end.
  package var hasWork: Bool { !isFinished || progress.batches > 0 }

  /// Trains the rest of the epoch: a pass over the training videos in a random order of its own.
  /// - Parameter report: is told of each step; what it throws ends the training.
  /// - Throws: `VideoTooLarge` when a single video does not fit into memory.
  package func trainEpoch(report: (StepResult) throws -> Void) throws {
    let batches = batches(epoch: progress.epoch, from: progress.batches)
    defer { batches.cancel() }
    let end = curriculum.stage(ofEpoch: progress.epoch).endStep
    while progress.step < end, let batch = batches.next() { try report(try step(batch)) }
  }

  /// - Parameter row: what is to be remembered of the epoch.
  package func endEpoch(_ row: EpochResult) { progress.endEpoch(row) }

  /// One optimizer step: forward and backward of every part of the batch, each on a core of its own, then the update.
  /// One that has no finite loss and gradient changes nothing.
  package func step(_ batch: PreparedBatch<Task.Plan>) throws -> StepResult {
    let factor = curriculum.factor(at: progress.step)
    let (gradients, split) = try gradients(of: batch, step: progress.step)
    defer { optimizer.clearGradients() }
    let outcome: StepResult.Outcome
    if gradients.areFinite {
      try catchingOutOfMemory {
        GradientClipping.clip(store.tensors, norm: gradients.norm, maximumNorm: settings.maximumGradientNorm)
        try optimizer.step(factor: factor, on: cores)
        BatchStatistics.apply(gradients.statistics)
        try average.update(afterStep: progress.step + 1, on: cores)
        if let memory { task.remember(gradients.seen, in: memory) }
      }
      PhaseClock.mark("update")
      progress.count(loss: gradients.loss)
      outcome = .loss(gradients.loss)
    } else {
      let bad = BadStep(
        tensor: firstNonFinite(batch, loss: gradients.loss), batch: batch.whole, rounds: progress.rounds)
      try average.skip(step: progress.step + 1, on: cores)
      progress.countSkipped()
      outcome = .skipped(bad)
    }
    return StepResult(
      step: progress.step, outcome: outcome, gradientNorm: gradients.norm, trust: gradients.trust,
      learningRates: optimizer.groups.map { ($0.name, $0.learningRate * factor) }, videos: batch.count,
      split: split)
  }

  /// What a batch says of the weights, whose gradients the store's parameters hold.
  struct Gradients {
    let loss: Double
    /// Of all gradients together.
    let norm: Double
    /// How much of the batch's videos without a category is learnt from, 0…1; nil where there are none.
    let trust: Double?
    /// Of each part of the batch.
    let statistics: [[BatchStatistics]]
    /// What is to be remembered of the parts.
    let seen: [Tensor]

    var areFinite: Bool { loss.isFinite && norm.isFinite }
  }

  /// Computes the parts of a batch, as many side by side as there are cores, in as many rounds as memory asks for.
  /// - Parameter step: which decides what is drawn.
  /// - Returns: also why memory ran out, if it did: from now on batches are computed in more rounds.
  func gradients(
    of batch: PreparedBatch<Task.Plan>, step: Int
  ) throws -> (Gradients, split: OutOfMemory?) {
    settings.unfreezing.apply(to: store, progress: Double(step) / Double(curriculum.totalSteps))
    var rounds = progress.rounds
    defer { progress.rounds = rounds }
    return try fittingIntoMemory(parts: &rounds, most: batch.count, ids: { ids(of: batch) }) { rounds in
      optimizer.clearGradients()
      replicas.clearGradients()
      try replicas.refresh()
      try teachers?.refresh()
      PhaseClock.mark("weights")
      let parts = taskParts(batch, rounds: rounds, step: step)
      let width = width(of: batch, rounds: rounds)
      let results = try stride(from: 0, to: parts.count, by: width).flatMap { start in
        try task.accumulate(
          Array(parts[start..<min(start + width, parts.count)]), on: cores, collect: replicas.collectGradients
        )
      }
      // One wait for the device, not two.
      func sum(_ values: [Tensor]) -> Tensor? { values.first.map { values.dropFirst().reduce($0, +) } }
      let trust = sum(results.compactMap(\.trust))
      let numbers = Tensor.stacked(
        [sum(results.map(\.loss)), GradientClipping.norm(of: store.tensors), trust].compactMap(\.self)
      ).to(.float64).values(Double.self)
      PhaseClock.mark("norm")
      return Gradients(
        loss: numbers[0], norm: numbers[1], trust: trust == nil ? nil : numbers[2],
        statistics: parts.map(\.pass.statistics), seen: results.compactMap(\.seen))
    }
  }

  /// Parts of a round: a video alone is the least that memory can be asked for.
  func width(of batch: PreparedBatch<Task.Plan>, rounds: Int) -> Int {
    max(1, min(cores.count, batch.count / rounds))
  }

  func ids(of batch: PreparedBatch<Task.Plan>) -> [String] {
    batch.whole.videos.map { reader.annotations[$0.index].id }
  }

  func prepared(_ batch: Batch, parts: Int) -> PreparedBatch<Task.Plan> {
    PreparedBatch(batch, for: task, parts: parts, on: runtime.device)
  }

  /// The parts of a batch with what each is computed with and draws from.
  func taskParts(_ batch: PreparedBatch<Task.Plan>, rounds: Int, step: Int) -> [TaskPart<Task>] {
    let wanted = min(rounds * width(of: batch, rounds: rounds), batch.count)
    let batch = batch.parts.count == wanted ? batch : prepared(batch.whole, parts: wanted)
    return batch.parts.enumerated().map { number, part in
      var generator = SeededGenerator(seed: seed, stream: 1 << 63 | UInt64(step) << 20 | UInt64(number))
      return TaskPart(
        learner: replicas.models[number % cores.count], batch: part, destination: destination,
        pass: TrainingPass(seed: generator.next(), on: runtime.device),
        teacher: teachers?.models[number % cores.count], memory: memory,
        progress: Double(step) / Double(curriculum.totalSteps))
    }
  }

  /// Reads, changes and packs the batches of an epoch ahead of the steps.
  /// - Parameter done: batches that are left out.
  func batches(epoch: Int, from done: Int) -> Prefetcher<PreparedBatch<Task.Plan>> {
    let stream = UInt64(epoch) << 32
    var generator = SeededGenerator(seed: seed, stream: stream)
    let order = further.epoch(
      epoch, curriculum.stage(ofEpoch: epoch), seed: seed, using: &generator
    ) { [sampler] in sampler.epoch(using: &$0) }
    let (size, task, device) = (settings.batchSize, task, runtime.device)
    let showing = Showing(
      reader: reader, augmentation: settings.augmentation, masking: task.masking, views: task.views,
      seed: seed, epoch: epoch)
    let parts = progress.rounds * cores.count
    return Prefetcher(
      count: max(0, settings.epochSteps(videos: order.count) - done), depth: runtime.prefetchDepth
    ) { number in
      let first = (done + number) * size
      return PreparedBatch(
        showing.batch(order[first..<min(first + size, order.count)]), for: task, parts: parts, on: device)
    }
  }
}
