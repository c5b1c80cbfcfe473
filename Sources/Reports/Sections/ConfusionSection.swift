import Dataset
import Foundation
import Metrics

/// What is taken for what.
struct ConfusionSection: Sendable {
  struct Pair: Sendable {
    let from: String
    let fromName: String?
    let into: String
    let intoName: String?
    let times: Int
    /// Of the videos of the true category, in percent.
    let part: String
    /// Whether both are of one category of level 1, so that level 1 is right all the same.
    let isSameLevel1: Bool
  }

  let figure: ConfusionFigure
  /// Which categories the figure leaves out.
  let figureNote: String?
  let pairs: [Pair]

  private static let mostPairs = 15

  init(_ videos: HeldOutVideos, _ names: CategoryNames) {
    let categories = Categories(videos.classes)
    let parents = categories.parents
    let level1 = Confusions(
      classes: categories.level1.count, truth: videos.truth.lazy.map { parents[$0] },
      predicted: videos.predicted.lazy.map { parents[$0] })
    let frequent = categories.level1.indices.sorted {
      (level1.support(of: $1), $0) < (level1.support(of: $0), $1)
    }.prefix(ConfusionFigure.most).sorted()
    figure = ConfusionFigure(level1, frequent, names: categories.level1) { names.label($0) }
    let omitted = categories.level1.count - frequent.count
    figureNote =
      omitted > 0
      ? "The \(frequent.count) categories of level 1 with the most videos; \(omitted) more are left out."
      : nil
    let level2 = Confusions(
      classes: videos.classes.count, truth: videos.truth, predicted: videos.predicted)
    pairs = level2.mostConfused(Self.mostPairs).map { pair in
      let (truth, predicted) = (videos.classes[pair.truth], videos.classes[pair.predicted])
      return Pair(
        from: truth, fromName: names.name(of: truth), into: predicted, intoName: names.name(of: predicted),
        times: pair.count,
        part: String(format: "%.0f", 100 * Double(pair.count) / Double(level2.support(of: pair.truth))),
        isSameLevel1: parents[pair.truth] == parents[pair.predicted])
    }
  }
}
