import Batching
import NN
import Records
import Settings
import Storage
import SystemPackage
import Tasks
import Torch
import Training

/// One training of a run, from where it stands to its end, with checkpoints on the way: a fold, or a pre-training, which is
/// fold 0 of its own.
final class FoldRun<Judge: FoldJudge> {
  let context: FoldContext
  let judge: Judge
  let trainer: Trainer<Judge.Work>
  private let checkpoints: CheckpointFolder
  let log: EventLog
  /// The step of the last checkpoint that is known to be whole.
  private var saved: Int?
  /// The step of the checkpoint before that.
  private var savedBefore: Int?
  private var savedAt = ContinuousClock.now
  private var lastBadStep: BadStep?
  private let lock: FolderLock

  /// - Parameter lock: keeps the training for this process.
  init(
    _ context: FoldContext, _ judge: Judge, _ lock: consuming FolderLock,
    _ trainer: () throws -> Trainer<Judge.Work>
  ) throws {
    self.context = context
    self.judge = judge
    let folder = context.folder
    if let warning = lock.warning { try context.report(.warning(.init(message: warning))) }
    self.lock = lock
    for path in [folder.path] + judge.folders where Folder.isFolder(path) {
      try AtomicFile.removePartials(in: path)
    }
    checkpoints = CheckpointFolder(path: folder.checkpoints)
    try checkpoints.open()
    log = try EventLog(folder.events, mirror: context.mirror?(folder.path))
    self.trainer = try trainer()
  }

  /// - Throws: `FitInterrupted` once the task is cancelled, `Diverged`, `VideoTooLarge`, and what `report` throws.
  func run() throws {
    do { try train() } catch let error as any ReportableError {
      try? log.flush()
      throw error
    }
  }

  private func train() throws {
    try resume()
    while trainer.hasWork {
      let pace = try trainEpoch()
      try validate(pace)
      if trainer.hasWork { try save() }
    }
    let (outcome, best) = (judge.outcome, trainer.progress.epochs.best)
    let end = FitEvent.fold(
      .init(
        fold: context.fold, chosenBy: outcome.chosenBy, score: outcome.chosen, bestEpoch: best?.epoch ?? 0,
        bestScore: best?.scores.chosen ?? 0))
    log.add(end)
    try log.flush()
    // With this it is finished: what comes later may not come at all.
    try judge.conclude()
    try context.folder.tidy()
    try context.report(end)
  }

  func happened(_ event: FitEvent) throws {
    log.add(event)
    try context.report(event)
  }

  private var place: FitEvent.Place {
    .init(fold: context.fold, epoch: trainer.progress.epoch, step: trainer.progress.step)
  }

  // MARK: Checkpoints

  /// Goes on from the newest checkpoint that is whole, if there is one.
  private func resume() throws {
    let steps = try checkpoints.steps()
    for step in steps {
      do {
        let checkpoint = try checkpoints.read(step)
        guard checkpoint.state.fold == context.fold else {
          throw DamagedCheckpoint(
            path: checkpoint.tensors.path, reason: "is of fold \(checkpoint.state.fold)")
        }
        try trainer.restore(checkpoint)
      } catch let error as any ReportableError {
        try warn("the checkpoint of step \(step) is passed over: \(error)")
        continue
      }
      saved = step
      savedAt = .now
      let told = try goOn(from: place)
      if told < step {
        try warn("\(context.folder.events): the events of some steps before \(step + 1) are lost")
      }
      begin()
      log.add(.checkpoint(.init(fold: context.fold, epoch: place.epoch, step: step, problem: nil)))
      return try context.report(.resume(place))
    }
    if !steps.isEmpty { try warn("\(context.name) has no checkpoint that is whole, and begins again") }
    _ = try goOn(from: nil)
    begin()
  }

  /// - Returns: how many steps the events tell of.
  private func goOn(from place: FitEvent.Place?) throws -> Int {
    let (steps, problem) = try log.goOn(from: place)
    if let problem { try warn("\(context.name) is trained without its events in another form: \(problem)") }
    return steps
  }

  private func begin() {
    guard log.isEmpty else { return }
    log.add(.start(context.start([context.fold], trainer.totalSteps)))
  }

  /// Writes a checkpoint; a disk that takes none is no reason to stop.
  private func save() throws {
    savedAt = .now
    let (tensors, counts) = trainer.snapshot()
    let state = CheckpointDescription.State(fold: context.fold, progress: trainer.progress, counts: counts)
    let step = trainer.progress.step
    var problem: FileError?
    do {
      try log.flush()
      try checkpoints.write(state, tensors)
      // The one before stays, in case this one is damaged when it is needed.
      // At the end of an epoch the last step may have one already.
      if saved != step { (savedBefore, saved) = (saved, step) }
      try checkpoints.keepOnly([step, savedBefore].compactMap(\.self))
    } catch {
      problem = error
    }
    try happened(
      .checkpoint(
        .init(fold: context.fold, epoch: trainer.progress.epoch, step: step, problem: problem?.description)))
  }

  private var isCheckpointDue: Bool {
    if ContinuousClock.now - savedAt >= context.safeguards.checkpointInterval { return true }
    guard let steps = context.safeguards.checkpointSteps else { return false }
    return trainer.progress.step.isMultiple(of: steps)
  }

  func stop() throws -> Never {
    try save()
    throw FitInterrupted(training: context.name, step: trainer.progress.step, saved: saved)
  }

  func warn(_ message: String) throws {
    try context.report(.warning(.init(message: message)))
  }

  // MARK: Training

  private func trainEpoch() throws -> Pace {
    var pace = Pace()
    try trainer.trainEpoch { result in
      pace.count(result.videos)
      try report(result, pace)
      if Task.isCancelled { try stop() }
      if isCheckpointDue { try save() }
    }
    return pace
  }

  private func report(_ result: StepResult, _ pace: Pace) throws {
    let progress = trainer.progress
    if let split = result.split {
      try happened(
        .split(
          .init(
            fold: context.fold, epoch: progress.epoch, step: result.step, rounds: progress.rounds,
            isExact: trainer.task.isExactInRounds, reason: split.description)))
    }
    switch result.outcome {
    case .loss(let loss):
      try happened(
        .step(
          .init(
            fold: context.fold, epoch: progress.epoch, step: result.step, loss: loss,
            gradientNorm: result.gradientNorm, trust: result.trust,
            learningRates: Dictionary(result.learningRates.map { ($0.group, $0.rate) }) { first, _ in first },
            videosPerSecond: pace.recent)))
    case .skipped(let step):
      lastBadStep = step
      try happened(
        .skip(
          .init(
            fold: context.fold, epoch: progress.epoch, step: result.step, tensor: step.tensor,
            ids: ids(of: step))))
      if progress.skippedInARow >= context.safeguards.badSteps { throw try diverged() }
    }
  }

  private func ids(of step: BadStep) -> [String] {
    step.batch.videos.map { context.id($0.index) }
  }

  /// Keeps what it takes to repeat the last step, which was bad.
  func diverged() throws -> Diverged {
    let path = context.folder.diverged
    let progress = trainer.progress
    guard let step = lastBadStep else {
      return Diverged(
        training: context.name, place: place, inARow: progress.skippedInARow, tensor: "loss", ids: [],
        path: nil)
    }
    try BadStepFolder(path: path).write(
      step,
      .init(
        fold: context.fold, epoch: progress.epoch, step: progress.step, tensor: step.tensor,
        ids: ids(of: step), rounds: step.rounds),
      computing: trainer.computing)
    return Diverged(
      training: context.name, place: place, inARow: progress.skippedInARow, tensor: step.tensor,
      ids: ids(of: step), path: path)
  }
}
