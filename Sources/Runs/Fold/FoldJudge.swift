import Records
import SystemPackage
import Tasks
import Training

/// What the videos held out say of a training's weights, and what is kept of these: that part of a training that depends on
/// its task.
protocol FoldJudge {
  associatedtype Work: TrainingTask

  /// The folders that it writes into.
  var folders: [FilePath] { get }

  /// What is said of the weights that predict, which are in place, at the end of an epoch.
  func judge(_ trainer: Trainer<Work>) throws -> EpochScores

  /// Keeps the weights in place: they score better than those of all epochs before.
  func keepBest(_ trainer: Trainer<Work>) throws

  /// Keeps what the training ends with, made of the weights in place.
  func finish(_ trainer: Trainer<Work>) throws

  /// What is said of what the training ended with.
  var outcome: EpochScores { get }

  /// Writes the file with which the training is finished.
  func conclude() throws
}
