import Inference
import NN
import Torch

/// The mean of weights that a run predicts with, and the steps after which it takes the weights in.
struct PredictingAverage {
  /// nil where the trained weights themselves predict.
  private let average: WeightAverage?
  /// Steps done; nil stands for every step.
  private let due: Set<Int>?

  /// - Parameters:
  ///   - epochSteps: optimizer steps of an epoch.
  ///   - before: steps of what is trained before the schedule begins.
  init(
    of store: ParameterStore, _ settings: AverageConfiguration, _ schedule: Schedule, epochSteps: Int,
    before: Int = 0
  ) {
    switch settings.weights {
    case .trained, .soup: (average, due) = (nil, [])  // a soup is made when the fold ends
    case .ema: (average, due) = (WeightAverage(of: store, .exponential(decay: settings.decay)), nil)
    case .swa:
      let epochEnds =
        Array(stride(from: epochSteps, to: schedule.totalSteps, by: epochSteps)) + [schedule.totalSteps]
      let ends = schedule.cycles > 1 ? schedule.cycleEnds : epochEnds
      (average, due) = (
        WeightAverage(of: store, .uniform), Set(ends.suffix(settings.snapshots).map { before + $0 })
      )
    }
  }

  /// - Parameter step: how many steps are done.
  func update(afterStep step: Int, on cores: Cores) throws {
    if due?.contains(step) ?? true { try average?.update(on: cores) }
  }

  /// A step that changed nothing counts for no mean, but where it was to be taken in, the weights are.
  /// - Parameter step: how many steps are done.
  func skip(step: Int, on cores: Cores) throws {
    if due?.contains(step) ?? false { try average?.update(on: cores) }
  }

  /// The exponential moving average as a store of its own, from before the first step on.
  /// - Parameter store: whose weights it is of.
  func exponential(of store: ParameterStore) -> ParameterStore {
    guard due == nil, let average else { preconditionFailure("no moving average to teach with") }
    return ParameterStore(like: store, values: average.tensors)
  }

  /// What must survive when training stops; nil where there is no mean.
  var state: (any TrainingState)? { average }

  /// Runs `body` with the mean in the place of the trained weights; with these where there is no mean (yet).
  func withAverages<Value>(_ body: (_ areAveraged: Bool) throws -> Value) throws -> Value {
    guard let average, !average.isEmpty else { return try body(false) }
    return try average.withAverages { try body(true) }
  }
}

extension Schedule {
  init(_ settings: ScheduleConfiguration, warmUp: Double, totalSteps: Int) {
    let shape: Shape =
      switch settings.shape {
      case .linear: .linear
      case .cosine: .cosine
      case .polynomial: .polynomial(power: settings.power)
      }
    self.init(shape, warmUp: warmUp, totalSteps: totalSteps, cycles: settings.cycles)
  }
}
