import Dataset
import Foundation
import Metrics
import Pages
import Records
import Storage
import SystemPackage

extension Comparison.Contrast {
  private static let mostCards = 6

  /// - Throws: `NothingShared` where there is no video to compare on.
  init(
    _ run: RunRecord, baseline: RunRecord, _ looks: VideoLooks, _ names: CategoryNames
  ) throws {
    let pairs = Self.shared(run.videos, baseline.videos)
    guard !pairs.isEmpty else { throw NothingShared(path: run.folder.path, other: baseline.folder.path) }
    runName = run.name
    baselineName = baseline.name
    let (own, other) = (run.videos, baseline.videos)
    let truth = pairs.map { own.classes[own.truth[$0.own]] }
    let (mean, tail) = Bootstrap().differences(
      truth: truth, predicted: [pairs.map { own.classes[own.predicted[$0.own]] }],
      baseline: [pairs.map { other.classes[other.predicted[$0.other]] }],
      trainingCounts: truth.reduce(into: [:]) { $0[$1, default: 0] += 1 })
    (difference, differenceInterval) = Self.text(mean)
    (tailDifference, tailInterval) = Self.text(tail)
    isBetter = mean.low > 0
    isWorse = mean.high < 0
    verdict =
      isBetter
      ? "better than chance would make it"
      : isWorse ? "worse than chance would make it" : "no more than chance may make of it"
    shared =
      "\(Quantity.counted(pairs.count, "video")) that both have predicted"
      + (pairs.count < max(own.count, other.count)
        ? " (\(Quantity.grouped(own.count)) and \(Quantity.grouped(other.count)) in all)" : "")

    func count(_ ownRight: Bool, _ otherRight: Bool) -> [(own: Int, other: Int)] {
      pairs.filter { own.isRight($0.own) == ownRight && other.isRight($0.other) == otherRight }
    }
    let (gained, lost) = (count(true, false), count(false, true))
    bothRight = Quantity.grouped(count(true, true).count)
    bothWrong = Quantity.grouped(count(false, false).count)
    gainedCount = Quantity.grouped(gained.count)
    lostCount = Quantity.grouped(lost.count)
    // The surest of each: whoever is right, and whoever is wrong, are both most sure of it.
    func surest(_ pairs: [(own: Int, other: Int)]) -> [(own: Int, other: Int)] {
      Array(
        pairs.sorted {
          let (first, second) = (
            own.confidences[$0.own] + other.confidences[$0.other],
            own.confidences[$1.own] + other.confidences[$1.other]
          )
          return (second, $0.own) < (first, $1.own)
        }.prefix(Self.mostCards))
    }
    let shown = [surest(gained), surest(lost)]
    let annotations = try looks.annotations(of: Set(shown.joined().map { own.ids[$0.own] }))
    let cards = shown.map { pairs in
      pairs.map { pair in
        VideoCard(
          own.ids[pair.own], truth: own.classes[own.truth[pair.own]],
          [
            VideoCard.Answer(own, pair.own, who: run.name, names),
            VideoCard.Answer(other, pair.other, who: baseline.name, names),
          ], annotations[own.ids[pair.own]], looks, names)
      }
    }
    (self.gained, self.lost) = (cards[0], cards[1])
  }

  /// The videos that both have, and whose category is the same in both.
  private static func shared(
    _ own: HeldOutVideos, _ other: HeldOutVideos
  ) -> [(own: Int, other: Int)] {
    let places = Dictionary(other.ids.enumerated().map { ($1, $0) }) { first, _ in first }
    return own.ids.enumerated().compactMap { place, id in
      guard let there = places[id], other.classes[other.truth[there]] == own.classes[own.truth[place]]
      else { return nil }
      return (place, there)
    }
  }

  private static func text(_ interval: Bootstrap.Interval) -> (value: String, interval: String) {
    func signed(_ value: Double) -> String {
      String(format: "%+.4f", value).replacing("-", with: "−")
    }
    return (signed(interval.value), "\(signed(interval.low)) to \(signed(interval.high))")
  }
}

/// Runs that have predicted no video in common.
struct NothingShared: ReportableError {
  let path: FilePath
  let other: FilePath

  var kind: ErrorKind { .badData }
  var description: String { "\(path): has predicted no video that \(other) has, with the same category" }
}
