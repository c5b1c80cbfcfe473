package import Records

/// How far a training has come. With the tensors of a checkpoint and the seed, all that follows.
package struct TrainingProgress: Codable, Equatable {
  /// Steps made, those that were skipped included.
  package var step = 0
  /// The epoch that is being trained, counted from 1.
  package var epoch = 1
  /// Batches of that epoch that are done.
  package var batches = 0
  /// Of the steps of that epoch that counted: the sum of their losses, and how many they are.
  var lossSum = 0.0
  var losses = 0
  /// Steps of that epoch that were skipped, and skipped steps without one that counted since.
  package var skipped = 0
  package var skippedInARow = 0
  /// In how many rounds, one after the other, each batch is computed: what the recipe asks for, and more after memory ran
  /// out.
  package var rounds = 1
  /// What was written about the epochs before.
  package var epochs: [EpochResult] = []

  enum CodingKeys: String, CodingKey {
    case step, epoch, batches
    case lossSum = "loss_sum"
    case losses, skipped
    case skippedInARow = "skipped_in_a_row"
    case rounds, epochs
  }

  /// Mean over the epoch's steps that counted; nil where there is none.
  package var meanLoss: Double? { losses > 0 ? lossSum / Double(losses) : nil }

  mutating func count(loss: Double) {
    advance()
    lossSum += loss
    losses += 1
    skippedInARow = 0
  }

  mutating func countSkipped() {
    advance()
    skipped += 1
    skippedInARow += 1
  }

  private mutating func advance() {
    step += 1
    batches += 1
  }

  mutating func endEpoch(_ row: EpochResult) {
    epochs.append(row)
    epoch += 1
    (batches, lossSum, losses, skipped) = (0, 0, 0, 0)
  }
}
