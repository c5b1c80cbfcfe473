/// What came of an epoch: its loss, and what its task says of the videos held out.
package struct EpochResult: Codable, Sendable, Equatable {
  package let fold: Int
  package let epoch: Int
  /// Mean over the epoch's steps.
  package let loss: Double
  /// Steps without a finite loss and gradient, which are not in the mean.
  package let skippedSteps: Int
  package let scores: EpochScores

  enum CodingKeys: String, CodingKey {
    case fold, epoch, loss
    case skippedSteps = "skipped_steps"
    case videos, scores
    case chosenBy = "chosen_by"
  }

  package init(fold: Int, epoch: Int, loss: Double, skippedSteps: Int, _ scores: EpochScores) {
    self.fold = fold
    self.epoch = epoch
    self.loss = loss
    self.skippedSteps = skippedSteps
    self.scores = scores
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    fold = try container.decode(Int.self, forKey: .fold)
    epoch = try container.decode(Int.self, forKey: .epoch)
    loss = try container.decode(Double.self, forKey: .loss)
    skippedSteps = try container.decode(Int.self, forKey: .skippedSteps)
    scores = EpochScores(
      videos: try container.decode(Int.self, forKey: .videos),
      try container.decode([String: Double].self, forKey: .scores),
      chosenBy: try container.decode(String.self, forKey: .chosenBy))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(fold, forKey: .fold)
    try container.encode(epoch, forKey: .epoch)
    try container.encode(loss, forKey: .loss)
    try container.encode(skippedSteps, forKey: .skippedSteps)
    try container.encode(scores.videos, forKey: .videos)
    try container.encode(scores.values, forKey: .scores)
    try container.encode(scores.chosenBy, forKey: .chosenBy)
  }
}

extension Sequence<EpochResult> {
  /// That of the best score among those with videos held out; of equal ones the earliest.
  package var best: EpochResult? {
    filter { $0.scores.videos > 0 }.max { ($0.scores.chosen, $1.epoch) < ($1.scores.chosen, $0.epoch) }
  }
}
