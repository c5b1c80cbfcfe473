package import Torch

/// What a pass through a model is for.
package enum Mode {
  /// Dropout is on, BatchNorm normalises by the batch.
  case training(TrainingPass)
  case evaluation

  package var isTraining: Bool { if case .training = self { true } else { false } }
}

/// What a pass in training draws from, and what it leaves besides its result.
package final class TrainingPass {
  package let random: Generator
  /// In the order in which the layers came.
  private(set) package var statistics: [BatchStatistics] = []

  package init(random: Generator) { self.random = random }

  func note(_ statistics: BatchStatistics) { self.statistics.append(statistics) }
}
