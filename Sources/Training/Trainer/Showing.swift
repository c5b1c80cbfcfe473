import Batching
import Storage

/// How an epoch shows videos: what is drawn of each turn follows from the seed, the epoch, the video and how often it was shown.
struct Showing: Sendable {
  let reader: SampleReader
  let augmentation: Augmentation
  let masking: TokenMasking?
  /// Of videos whose target is `unlabelled`; nil where there are none.
  let views: TwoViews?
  let seed: UInt64
  let epoch: Int

  func batch(_ turns: some Collection<Sampler.Turn>) -> Batch {
    var weak: [Sample] = []
    let samples = turns.map { turn in
      guard let views, reader.target(turn.index) == .unlabelled else {
        return sample(turn, augmentation, stream: 0)
      }
      weak.append(sample(turn, views.weak, stream: Self.weakStreams))
      return sample(turn, views.strong, stream: 0)
    }
    return Batch(samples, weak: weak)
  }

  /// Apart from the streams of steps, of passes and of epochs.
  private static let weakStreams: UInt64 = 1 << 61

  private func sample(_ turn: Sampler.Turn, _ augmentation: Augmentation, stream: UInt64) -> Sample {
    let own = (stream | UInt64(epoch) << 32) + UInt64(turn.index) + 1
    return reader.sample(
      turn.index,
      changes: RandomChanges(
        augmentation, masking: masking,
        from: SeededGenerator(seed: seed &+ UInt64(turn.repetition), stream: own)))
  }
}
