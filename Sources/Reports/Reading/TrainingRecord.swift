import Records
import Storage

/// What the events of one fold tell of its training.
struct TrainingRecord {
  typealias Result = EpochResult

  let fold: Int
  private(set) var start: FitEvent.Start?
  /// Loss and scores of each epoch, and what it took.
  private(set) var epochs: [(result: EpochResult, cost: EpochCost)] = []
  /// The loss by step.
  private(set) var losses = ThinnedCurve()
  /// The learning rate of each group of parameters by step.
  private(set) var rates: [String: ThinnedCurve] = [:]
  private(set) var skippedSteps = 0
  private(set) var warnings: [String] = []
  private var lastStep: (step: Int, epoch: Int)?

  /// - Throws: `JSONError` where the file is damaged; one that is not there says nothing.
  init(of fold: Int, in run: RunFolder) throws {
    self.fold = fold
    let path = run.events(fold)
    guard Folder.exists(path) else { return }
    try EventFile(path).visit { take($0) }
  }

  private mutating func take(_ event: FitEvent) {
    switch event {
    case .start(let start): self.start = start
    case .step(let step):
      let place = Double(step.step)
      losses.append(x: place, y: step.loss)
      for (group, rate) in step.learningRates {
        rates[group, default: ThinnedCurve()].append(x: place, y: rate)
      }
      lastStep = (step.step, step.epoch)
    case .epoch(let result, let cost):
      epochs.append((result, cost))
      skippedSteps &+= result.skippedSteps
    case .warning(let warning): warnings.append(warning.message)
    case .vectors, .resume, .skip, .split, .checkpoint, .fold, .end: break
    }
  }

  /// How many steps there are to an epoch, so that steps and epochs can stand on one axis.
  var stepsPerEpoch: Double {
    guard let lastStep, lastStep.epoch > 0 else { return 1 }
    // The last epoch may be cut short by the most steps that were allowed.
    return Double(lastStep.step) / Double(max(epochs.count, lastStep.epoch))
  }
}
