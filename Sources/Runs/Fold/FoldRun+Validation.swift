import Batching
import Dataset
import Inference
import Metrics
import NN
import Records
import Settings
import Storage
import SystemPackage
import Tasks
import Training

/// What the videos held out say after each epoch, and the models that are kept for it.
extension FoldRun {
  /// - Parameter pace: of the epoch's training.
  func validate(_ pace: Pace) throws -> PredictionTable {
    let begin = ContinuousClock.now
    let progress = trainer.progress
    // Nothing was learnt, so there is nothing to validate.
    guard let loss = progress.meanLoss else { throw try diverged() }
    var predictions = emptyTable()
    do {
      try trainer.withAverages {
        predictions = try predict()
        let scores = Scores(predictions, at: split.validation, truth: context.annotations)
        let row = EpochResult(
          fold: fold, epoch: progress.epoch, loss: loss, skippedSteps: progress.skipped, scores)
        if scores.count > 0, scores.meanF1 > progress.epochs.map(\.meanF1).max() ?? -1 {
          try save(to: context.folder.bestModel(fold))
        }
        try soup?.add(trainer.store, epoch: progress.epoch, score: scores.meanF1)
        if trainer.isFinished { predictions = try finish(predictions) }
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
    return predictions
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

  /// Of the videos held out, in their order.
  private func predict() throws -> PredictionTable {
    var table = emptyTable()
    var row = 0
    var model = context.model
    model.prior = context.prior
    try Predictor(
      models: [trainer.learners[0].model], weights: [1], preparation: context.configuration.input,
      runtime: context.runtime
    ).predict(split.validation, reader: context.reader) { samples in
      try Task.checkCancellation()
      for sample in samples.lazy.map(model.settled) {
        table.set(row, to: sample.probabilities, status: sample.status)
        row += 1
      }
    }
    return table
  }

  func emptyTable() -> PredictionTable {
    PredictionTable(categories: context.model.categories, count: split.validation.count)
  }

  /// Saves the model that the fold ends with.
  /// - Parameter predictions: of the weights that are in place.
  /// - Returns: those of the model.
  private func finish(_ predictions: PredictionTable) throws -> PredictionTable {
    guard let soup else {
      try save(to: context.folder.model(fold))
      return predictions
    }
    return try trainer.withMean(of: soup.ingredients()) {
      try save(to: context.folder.model(fold))
      return try predict()
    }
  }

  private func save(to path: FilePath) throws {
    try ModelFolder.write(
      trainer.store.weights + context.frozen, context.model, context.configuration.input, context.tokenizer,
      to: path)
  }
}
