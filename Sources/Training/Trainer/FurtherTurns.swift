import Storage

/// The turns of videos beside the labelled ones: those with pseudo-labels, or without a category.
package struct FurtherTurns: Sendable {
  /// Places among the videos.
  package let videos: [Int]
  package let use: Use

  package enum Use: Sendable, Equatable {
    case none
    /// In every batch, of which they are this part.
    case mixed(share: Double)
    /// Alone, all of them so often, and then the labelled videos alone.
    case first(epochs: Int)
  }

  package static let none = FurtherTurns(videos: [], .none)

  package init(videos: [Int], _ use: Use) {
    precondition(videos.isEmpty == (use == .none), "further videos and no use of them, or none to use")
    self.videos = videos
    self.use = use
  }

  /// The order of an epoch.
  /// - Parameters:
  ///   - number: of the epoch, counted from 1.
  ///   - labelled: draws the turns of the labelled videos.
  func epoch(
    _ number: Int, _ stage: Curriculum.Stage, seed: UInt64, using generator: inout SeededGenerator,
    labelled: (inout SeededGenerator) -> [Sampler.Turn]
  ) -> [Sampler.Turn] {
    if stage.further == 0 { return labelled(&generator) }
    if stage.labelled == 0 {
      return generator.shuffled(videos).map { Sampler.Turn(index: $0, repetition: 0) }
    }
    let own = turns(from: (number - stage.firstEpoch) * stage.further, count: stage.further, seed: seed)
    return Self.mixed(labelled(&generator), own)
  }

  /// A part of an endless row of passes over all videos, each in an order of its own: however few an epoch shows, all have
  /// their turn before one has its second.
  private func turns(from start: Int, count: Int, seed: UInt64) -> [Sampler.Turn] {
    var turns: [Sampler.Turn] = []
    turns.reserveCapacity(count)
    var shown: [Int: Int] = [:]
    for pass in start / videos.count...(start + count - 1) / videos.count {
      // Apart from the streams of epochs and of steps.
      var generator = SeededGenerator(seed: seed, stream: 1 << 62 | UInt64(pass))
      let order = generator.shuffled(videos)
      let first = pass * videos.count
      for place in max(start, first)..<min(start + count, first + videos.count) {
        let video = order[place - first]
        turns.append(Sampler.Turn(index: video, repetition: shown[video, default: 0]))
        shown[video, default: 0] += 1
      }
    }
    return turns
  }

  /// Both in their order, spread evenly over each other, so that every batch has its share of both.
  static func mixed(_ one: [Sampler.Turn], _ other: [Sampler.Turn]) -> [Sampler.Turn] {
    let count = one.count + other.count
    var (rest, mixed) = (one[...], [Sampler.Turn]())
    mixed.reserveCapacity(count)
    for place in 0..<count {
      let taken = place * other.count / count
      if (place + 1) * other.count / count > taken {
        mixed.append(other[taken])
      } else {
        mixed.append(rest.removeFirst())
      }
    }
    return mixed
  }
}

extension PseudoLabelConfiguration {
  package var turns: FurtherTurns.Use {
    switch use {
    case .none: .none
    case .mixed: .mixed(share: share)
    case .first: .first(epochs: epochs)
    }
  }
}
