import NN

/// What a training shows in each epoch, and how many steps that takes: one stage, or two, one after the other, each with
/// a warm-up and a fall of the learning rates of its own.
package struct Curriculum: Sendable {
  struct Stage: Sendable {
    /// Labelled videos of an epoch.
    let labelled: Int
    /// Further videos of an epoch.
    let further: Int
    let epochSteps: Int
    let schedule: Schedule
    /// Steps, and epochs, before it.
    let firstStep: Int
    let firstEpoch: Int

    /// The last epoch may be cut short by the bound on steps.
    var epochs: Int { (schedule.totalSteps + epochSteps - 1) / epochSteps }
    var endStep: Int { firstStep + schedule.totalSteps }
  }

  let stages: [Stage]

  /// - Parameters:
  ///   - labelled: videos with a category, as many as an epoch shows.
  ///   - further: videos with a pseudo-label, or without a category; there are some where these are used.
  package init(
    labelled: Int, further: Int, _ use: FurtherTurns.Use, _ settings: OptimizationConfiguration
  ) {
    func stage(_ labelled: Int, _ further: Int, epochs: Int, after before: Stage? = nil) -> Stage {
      let videos = labelled + further
      return Stage(
        labelled: labelled, further: further, epochSteps: settings.epochSteps(videos: videos),
        schedule: Schedule(
          settings.schedule, warmUp: settings.warmUp,
          totalSteps: settings.totalSteps(videos: videos, epochs: epochs)),
        firstStep: before?.endStep ?? 0, firstEpoch: before.map { $0.firstEpoch + $0.epochs } ?? 1)
    }
    switch use {
    case .none: stages = [stage(labelled, 0, epochs: settings.epochs)]
    case .mixed(let share):
      let mixed = (Double(labelled) * share / (1 - share)).rounded()
      stages = [stage(labelled, max(1, Int(mixed)), epochs: settings.epochs)]
    case .first(let epochs):
      let first = stage(0, further, epochs: epochs)
      stages = [first, stage(labelled, 0, epochs: settings.epochs, after: first)]
    }
  }

  package var totalSteps: Int { stages.last?.endStep ?? 0 }

  /// Epochs that show no labelled video.
  package var epochsBefore: Int { stages.dropLast().reduce(0) { $0 + $1.epochs } }

  func stage(ofEpoch epoch: Int) -> Stage {
    stages.last { $0.firstEpoch <= epoch } ?? stages[0]
  }

  /// The factor of the learning rates.
  /// - Parameter step: how many are done.
  func factor(at step: Int) -> Double {
    guard let stage = stages.last(where: { $0.firstStep <= step }) else { return 0 }
    return stage.schedule.factor(at: step - stage.firstStep)
  }
}
