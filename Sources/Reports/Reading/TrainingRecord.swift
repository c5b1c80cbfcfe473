import Pages
import Records
import Storage

/// What the events of one fold tell of its training.
struct TrainingRecord {
  typealias Result = EpochResult

  let fold: Int
  private(set) var start: FitEvent.Start?
  /// Loss and scores of each epoch, and what it took.
  /// Of each of the first `mostEpochs`; more are no training.
  private(set) var epochs: [(result: EpochResult, cost: EpochCost)] = []
  /// The loss by step.
  private(set) var losses = ThinnedCurve()
  /// The learning rate of each group of parameters by step.
  private(set) var rates: [String: ThinnedCurve] = [:]
  private(set) var skippedSteps = 0
  /// Each once, the first of them.
  private(set) var warnings: [String] = []
  private var lastStep: (step: Int, epoch: Int)?

  private static let (mostEpochs, mostGroups, longestName, mostWarnings, longestWarning) = (
    20_000, 64, 60, 32, 500
  )

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
        let group = group.cut(to: Self.longestName)
        guard rates[group] != nil || rates.count < Self.mostGroups else { continue }
        rates[group, default: ThinnedCurve()].append(x: place, y: rate)
      }
      lastStep = (step.step, step.epoch)
    case .epoch(let result, let cost):
      if epochs.count < Self.mostEpochs { epochs.append((result, cost)) }
      skippedSteps &+= result.skippedSteps
    case .warning(let warning):
      let message = warning.message.cut(to: Self.longestWarning)
      if warnings.count < Self.mostWarnings, !warnings.contains(message) { warnings.append(message) }
    case .vectors, .floor, .resume, .skip, .split, .checkpoint, .fold, .end: break
    }
  }

  /// How many steps there are to an epoch, so that steps and epochs can stand on one axis.
  var stepsPerEpoch: Double {
    guard let lastStep, lastStep.epoch > 0 else { return 1 }
    // The last epoch may be cut short by the most steps that were allowed.
    return Double(lastStep.step) / Double(max(epochs.count, lastStep.epoch))
  }
}
