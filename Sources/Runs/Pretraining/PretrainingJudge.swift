import Batching
import Inference
import Models
import NN
import Records
import Storage
import SystemPackage
import Tasks
import Text
import Training

/// Asks the videos held out what training asks, the same of them after each epoch, and keeps the encoder that is there in the
/// end.
final class PretrainingJudge: FoldJudge {
  private let videos: [Int]
  private let context: Context
  private(set) var outcome: EpochScores

  struct Context {
    let description: EncoderDescription
    let preparation: InputPreparation
    let tokenizer: TokenizerFile
    /// Weights of the encoder that do not learn, which the trainer knows nothing of.
    let frozen: [ParameterStore.Weight]
    /// From which is drawn what is asked.
    let seed: UInt64
    let path: FilePath
  }

  /// - Parameter videos: held out, by their places in the annotations.
  init(_ videos: [Int], _ context: Context) {
    self.videos = videos
    self.context = context
    outcome = EpochScores(videos: 0, [:], chosenBy: PretrainingTally.accuracy)
  }

  var folders: [FilePath] { [] }

  func judge(_ trainer: Trainer<Pretraining>) throws -> EpochScores {
    let (task, seed) = (trainer.task, context.seed)
    let masking = task.masking
    let tallies = try trainer.evaluate(
      videos,
      changes: { index in
        RandomChanges(
          .none, masking: masking, from: SeededGenerator(seed: seed, stream: 1 << 32 | UInt64(index)))
      }, task.tally)
    let tally = tallies.reduce(into: PretrainingTally()) { $0.add($1) }
    outcome = EpochScores(
      videos: videos.count, tally.scores, chosenBy: PretrainingTally.accuracy)
    return outcome
  }

  /// What an encoder is worth shows where it is used: the last one, whose rate has fallen to 0, is kept.
  func keepBest(_ trainer: Trainer<Pretraining>) {}

  func finish(_ trainer: Trainer<Pretraining>) throws {
    try EncoderFolder.write(
      trainer.store.weights + context.frozen, context.preparation, context.tokenizer, to: context.path)
  }

  func conclude() throws { try EncoderFolder.complete(context.description, at: context.path) }
}
