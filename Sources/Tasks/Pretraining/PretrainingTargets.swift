import Batching
import Models
import NN
import Storage

/// What is asked of a part of a batch: plain arrays, made ahead of the step.
package struct PretrainingTargets: Sendable {
  private let questions: PretrainingQuestions
  private let hasFrames: Bool

  init(_ questions: PretrainingQuestions, modality: Modality) {
    self.questions = questions
    hasFrames = modality.hasFrames
  }

  package struct Plan: Sendable {
    /// nil where no token is hidden.
    let tokens: Tokens?
    /// nil where fewer than two videos have several texts.
    let texts: Texts?
    /// nil where fewer than two videos have text and frames.
    let pairs: Pairs?
  }

  struct Tokens: Sendable {
    /// Of the hidden tokens in the stream of the videos' tokens and frames.
    let rows: Upload.Place<Int64>
    let words: Upload.Place<Int64>
    /// Of all hidden tokens of the batch.
    let share: Double
  }

  /// The texts of the videos that have several: the first, and the others, nothing hidden, in turn.
  struct Texts: Sendable {
    let tokens: Upload.Place<Int64>
    let layout: VideoTextLayout.Plan
    /// 0 to one less than there are videos.
    let numbers: Upload.Place<Int64>
    /// Of all videos of the batch that have several.
    let share: Double
  }

  /// What text and frames say of each other.
  struct Pairs: Sendable {
    /// Of all texts, nothing hidden.
    let tokens: Upload.Place<Int64>
    /// The frame that is seen in the place of each frame.
    let frames: Upload.Place<Int64>
    /// The videos that have text and frames.
    let videos: Upload.Place<Int64>
    /// Whether all frames of each of these are its own: 1, or 0.
    let labels: Upload.Place<Int64>
    /// The frames of these videos.
    let ownFrames: Upload.Place<Int64>
    /// Of each of these frames its video, by its number among these.
    let owners: Upload.Place<Int64>
    /// Of each text how much each frame is its own, adding up to 1; row after row.
    let parts: Upload.Place<Float>
    /// Of all videos of the batch that have both.
    let share: Double
  }

  func plan(_ part: Batch, of whole: Batch, in upload: inout Upload) -> Plan {
    Plan(
      tokens: tokens(part, of: whole, in: &upload), texts: texts(part, of: whole, in: &upload),
      pairs: pairs(part, of: whole, in: &upload))
  }

  static func pretext(of video: Batch.Video) -> Pretext {
    guard case .pretext(let pretext) = video.target else {
      preconditionFailure("video \(video.index) has nothing that is asked of it")
    }
    return pretext
  }

  private func tokens(_ part: Batch, of whole: Batch, in upload: inout Upload) -> Tokens? {
    guard questions.tokens.weight > 0 else { return nil }
    var (rows, words): ([Int64], [Int64]) = ([], [])
    var start = 0
    for video in part.videos {
      for hidden in Self.pretext(of: video).hidden {
        rows.append(Int64(start + hidden.place))
        words.append(Int64(hidden.token))
      }
      start += video.tokenCount + video.frameCount
    }
    guard !rows.isEmpty else { return nil }
    let all = whole.videos.reduce(0) { $0 + Self.pretext(of: $1).hidden.count }
    return Tokens(
      rows: upload.add(rows), words: upload.add(words), share: Double(rows.count) / Double(all))
  }

  private func texts(_ part: Batch, of whole: Batch, in upload: inout Upload) -> Texts? {
    guard questions.texts.weight > 0 else { return nil }
    let all = part.unmaskedTokens
    var texts: [ArraySlice<Int32>] = []
    var start = 0
    for video in part.videos {
      if let divide = Self.pretext(of: video).divide {
        // Both begin as every text does.
        texts += [all[start..<start + divide], [all[start]] + all[start + divide..<start + video.tokenCount]]
      }
      start += video.tokenCount
    }
    guard texts.count > 2 else { return nil }
    return Texts(
      tokens: upload.add(texts.joined().map(Int64.init)),
      layout: VideoTextLayout.Plan(
        tokenCounts: texts.map(\.count), frameCounts: texts.map { _ in 0 }, in: &upload),
      numbers: upload.add(0..<Int64(texts.count / 2)),
      share: Double(texts.count / 2)
        / Double(whole.videos.count { Self.pretext(of: $0).divide != nil }))
  }

  private func pairs(_ part: Batch, of whole: Batch, in upload: inout Upload) -> Pairs? {
    guard hasFrames, questions.matching.weight > 0 || questions.contrast.weight > 0 else { return nil }
    let videos = part.videos.indices.filter { part.videos[$0].hasBoth }
    guard videos.count > 1 else { return nil }
    let frames = PackedSequences.Plan.ranges(part.videos.map(\.frameCount))
    let seen = SwappedFrames(
      of: videos, frames, seeds: part.videos.map { Self.pretext(of: $0).seed },
      part: questions.matching.swapped)
    let ownFrames = videos.flatMap { Array(frames[$0]) }
    let owners = videos.enumerated().flatMap { number, video in frames[video].map { _ in number } }
    let parts = videos.enumerated().flatMap { number, video in
      owners.map { $0 == number ? 1 / Float(frames[video].count) : Float(0) }
    }
    let labels = videos.map { seen.swapped.contains($0) ? Int64(0) : 1 }
    return Pairs(
      tokens: upload.add(part.unmaskedTokens.lazy.map(Int64.init)),
      frames: upload.add(seen.frames.lazy.map(Int64.init)), videos: upload.add(videos.lazy.map(Int64.init)),
      labels: upload.add(labels), ownFrames: upload.add(ownFrames.lazy.map(Int64.init)),
      owners: upload.add(owners.lazy.map(Int64.init)), parts: upload.add(parts),
      share: Double(videos.count) / Double(whole.videos.count { $0.hasBoth }))
  }
}

/// Frames of which some are those of another video.
struct SwappedFrames {
  /// The frame that is seen in the place of each frame.
  private(set) var frames: [Int]
  /// The videos half of whose frames are those of another one, or as many as that one has.
  private(set) var swapped: Set<Int> = []

  /// - Parameters:
  ///   - videos: those that may be changed, and lend their frames; two at least.
  ///   - ranges: where the frames of each video lie.
  ///   - seeds: of each video, from which follows what becomes of it.
  ///   - part: of the videos, to be changed.
  init(of videos: [Int], _ ranges: [Range<Int>], seeds: [UInt64], part: Double) {
    frames = Array(0..<(ranges.last?.upperBound ?? 0))
    for (number, video) in videos.enumerated() {
      var generator = SeededGenerator(seed: seeds[video])
      guard generator.uniform() < part else { continue }
      let other = generator.int(below: videos.count - 1)
      let lender = ranges[videos[other < number ? other : other + 1]]
      let (places, lent) = (generator.shuffled(ranges[video]), generator.shuffled(lender))
      // No frame twice, which would tell without the text.
      for (place, frame) in zip(places.prefix((places.count + 1) / 2), lent) { frames[place] = frame }
      swapped.insert(video)
    }
  }
}

extension Batch.Video {
  fileprivate var hasBoth: Bool { hasText && hasFrames }
}

extension Batch {
  /// Of all texts, with what is hidden in its place.
  fileprivate var unmaskedTokens: [Int32] {
    var all = tokens
    var start = 0
    for video in videos {
      for hidden in PretrainingTargets.pretext(of: video).hidden { all[start + hidden.place] = hidden.token }
      start += video.tokenCount
    }
    return all
  }
}
