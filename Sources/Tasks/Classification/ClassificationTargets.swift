package import Batching
package import NN

/// What the videos of a batch are to be taken for, and how much each counts: plain arrays, made ahead of the step.
package struct ClassificationTargets: Sendable {
  /// Of each category; nil where all weigh 1.
  private let classWeights: [Float]?
  private let categories: Int
  private let hasVideoHead: Bool
  private let hasTextHead: Bool

  package init(_ settings: ClassificationConfiguration, counts: [Int], modality: Modality) {
    classWeights = ClassWeights.make(counts: counts, settings.classWeights)
    categories = counts.count
    hasVideoHead = modality.hasFrames && settings.auxiliaryVideoLoss > 0
    hasTextHead = settings.auxiliaryTextLoss > 0
  }

  package struct Plan: Sendable {
    let videos: Int
    /// The videos' categories; nil where one of them has a distribution.
    let labels: Upload.Place<Int64>?
    let distributions: Upload.Place<Float>?
    /// How much each video counts.
    let weights: Upload.Place<Float>
    /// The rows of the videos that have frames, or text, where a head sees these alone; nil where none has.
    let withFrames: Upload.Place<Int64>?
    let withText: Upload.Place<Int64>?
    let share: Share
  }

  /// How much of the whole batch's weight a part has, so that the losses of the parts add up to the batch's mean.
  package struct Share: Sendable {
    var count = 1.0
    var videos = 1.0
    var withFrames = 1.0
    var withText = 1.0
  }

  package func plan(_ part: Batch, of whole: Batch, in upload: inout Upload) -> Plan {
    func share(_ includes: (Batch.Video) -> Bool) -> Double {
      func weight(_ batch: Batch) -> Double {
        batch.videos.filter(includes).reduce(0) { $0 + Double(self.weight(of: $1)) }
      }
      let all = weight(whole)
      return all > 0 ? weight(part) / all : 0
    }
    func rows(_ wanted: Bool, _ includes: (Batch.Video) -> Bool) -> Upload.Place<Int64>? {
      let rows = part.videos.indices.filter { includes(part.videos[$0]) }
      return wanted && !rows.isEmpty ? upload.add(rows.lazy.map(Int64.init)) : nil
    }
    let labels = part.videos.compactMap { video -> Int64? in
      switch video.target {
      case .category(let label): Int64(label)
      case .unlabelled: 0  // any: it weighs nothing
      case .distribution, .pretext, nil: nil
      }
    }
    let areCategories = labels.count == part.videos.count
    return Plan(
      videos: part.videos.count, labels: areCategories ? upload.add(labels) : nil,
      distributions: areCategories ? nil : upload.add(part.videos.flatMap(distribution)),
      weights: upload.add(part.videos.map(weight)), withFrames: rows(hasVideoHead, \.hasFrames),
      withText: rows(hasTextHead, \.hasText),
      share: Share(
        count: Double(part.videos.count) / Double(whole.videos.count), videos: share { _ in true },
        withFrames: share(\.hasFrames), withText: share(\.hasText)))
  }

  private func distribution(_ video: Batch.Video) -> [Float] {
    switch video.target {
    case .distribution(let probabilities, _): return probabilities
    case .category(let label): return (0..<categories).map { $0 == label ? 1 : 0 }
    case .unlabelled: return [Float](repeating: 0, count: categories)
    case .pretext, nil: preconditionFailure("video \(video.index) has no category to train on")
    }
  }

  /// Its own weight times that of its category, or the mean of its categories'.
  private func weight(of video: Batch.Video) -> Float {
    switch video.target {
    case .category(let label): classWeights?[label] ?? 1
    case .distribution(let probabilities, let weight):
      weight * (classWeights.map { zip(probabilities, $0).reduce(0) { $0 + $1.0 * $1.1 } } ?? 1)
    case .unlabelled: 0
    case .pretext, nil: preconditionFailure("video \(video.index) has no category to train on")
    }
  }
}
