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
  /// Seeded when the first number is drawn: an accelerator has one generator, which the passes use one after the other.
  package private(set) lazy var random = Generator(seed: seed, on: device)
  /// In the order in which the layers came.
  private(set) package var statistics: [BatchStatistics] = []

  private let seed: UInt64
  private let device: Device

  package init(seed: UInt64, on device: Device = .cpu) {
    self.seed = seed
    self.device = device
  }

  func note(_ statistics: BatchStatistics) { self.statistics.append(statistics) }
}
