import Reporting

/// What happens in a `fit`, as it happens; each is one line of `fit --json`.
package enum FitEvent: Encodable, Sendable {
  case start(Start)
  case step(Step)
  case epoch(Epoch)
  case fold(Fold)
  case warning(Warning)
  case end(RunReport)

  package struct Start: Codable, Sendable {
    package let videos: Int
    package let categories: Int
    package let parameters: Int
    /// Folds that this command trains; finished ones are not repeated.
    package let folds: [Int]
    /// Optimizer steps of all those folds.
    package let totalSteps: Int
    package let device: String
    package let precision: String
    package let threads: Int
  }

  package struct Step: Codable, Sendable {
    package let fold: Int
    package let epoch: Int
    /// Counted from 1 within the fold.
    package let step: Int
    package let loss: Double
    package let learningRate: Double
    /// Over the last steps of this epoch, reading included.
    package let samplesPerSecond: Double
  }

  package struct Epoch: Codable, Sendable, Equatable {
    package let fold: Int
    package let epoch: Int
    /// Mean over the epoch's steps.
    package let loss: Double
    package let meanF1: Double
    package let level1MicroF1: Double
    package let level1MacroF1: Double
    package let level2MicroF1: Double
    package let level2MacroF1: Double
    /// Of this epoch's training, without validation.
    package let samplesPerSecond: Double

    init(fold: Int, epoch: Int, loss: Double, _ scores: Scores, samplesPerSecond: Double) {
      self.fold = fold
      self.epoch = epoch
      self.loss = loss
      meanF1 = scores.meanF1
      level1MicroF1 = scores.level1.microF1
      level1MacroF1 = scores.level1.macroF1
      level2MicroF1 = scores.level2.microF1
      level2MacroF1 = scores.level2.macroF1
      self.samplesPerSecond = samplesPerSecond
    }
  }

  package struct Fold: Codable, Sendable {
    package let fold: Int
    package let meanF1: Double
    package let bestEpoch: Int
    package let bestMeanF1: Double
  }

  package struct Warning: Codable, Sendable {
    package let message: String
  }

  private enum CodingKeys: String, CodingKey { case event }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .start(let start):
      try container.encode("start", forKey: .event)
      try start.encode(to: encoder)
    case .step(let step):
      try container.encode("step", forKey: .event)
      try step.encode(to: encoder)
    case .epoch(let epoch):
      try container.encode("epoch", forKey: .event)
      try epoch.encode(to: encoder)
    case .fold(let fold):
      try container.encode("fold", forKey: .event)
      try fold.encode(to: encoder)
    case .warning(let warning):
      try container.encode("warning", forKey: .event)
      try warning.encode(to: encoder)
    case .end(let report):
      try container.encode("end", forKey: .event)
      try report.encode(to: encoder)
    }
  }
}
