import Records
import Settings
import Storage
import Training

/// What the videos held out say after each epoch.
extension FoldRun {
  /// - Parameter pace: of the epoch's training.
  func validate(_ pace: Pace) throws {
    let begin = ContinuousClock.now
    let progress = trainer.progress
    // Nothing was learnt, so there is nothing to validate.
    guard let loss = progress.meanLoss else { throw try diverged() }
    do {
      try trainer.withAverages {
        let scores = try judge.judge(trainer)
        if scores.videos > 0, scores.chosen > progress.epochs.map(\.scores.chosen).max() ?? -.infinity {
          try judge.keepBest(trainer)
        }
        if trainer.isFinished { try judge.finish(trainer) }
        let row = EpochResult(
          fold: context.fold, epoch: progress.epoch, loss: loss, skippedSteps: progress.skipped, scores)
        trainer.endEpoch(row)
        let cost = EpochCost(
          videosPerSecond: pace.overall, trainingSeconds: pace.seconds,
          validationSeconds: (ContinuousClock.now - begin) / .seconds(1), peakMemory: PeakMemory.bytes())
        try happened(.epoch(row, cost))
      }
    } catch is CancellationError {
      try stop()
    }
    try warnOfDamage(isFirstEpoch: progress.epoch == 1)
  }

  /// After an epoch all videos have been read, those held out included. A later one finds nothing new where each
  /// shows every video, and after a resumption less.
  private func warnOfDamage(isFirstEpoch: Bool) throws {
    for message in context.damage() {
      let warning = FitEvent.Warning(message: message)
      if isFirstEpoch, !log.has(warning) { log.add(.warning(warning)) }
      try context.report(.warning(warning))
    }
  }
}
