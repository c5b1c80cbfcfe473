import Dataset
import Foundation
import Metrics
import Pages
import Storage
import SystemPackage

/// Runs beside each other; the first is what the others are compared with.
struct Comparison: Sendable {
  struct Row: Sendable {
    let runName: String
    let style: String
    let meanF1: String
    let interval: String
    let level1: String
    let level2: String
    let tail: String
    let videoCount: String
  }

  struct Contrast: Sendable {
    let runName: String
    let baselineName: String
    let difference: String
    let differenceInterval: String
    let tailDifference: String
    let tailInterval: String
    /// What the interval says.
    let verdict: String
    let isBetter: Bool
    let isWorse: Bool
    let shared: String
    let bothRight: String
    let bothWrong: String
    let gainedCount: String
    let lostCount: String
    let gained: [VideoCard]
    let lost: [VideoCard]
  }

  struct SettingDifference: Sendable {
    let key: String
    let values: [String]
  }

  let rows: [Row]
  let contrasts: [Contrast]
  let curves: [Chart]
  let runNames: [String]
  let settings: [SettingDifference]

  /// - Throws: `NothingShared` where a run has no video with the first one.
  init(_ runs: [RunRecord], _ looks: VideoLooks, _ names: CategoryNames) throws {
    rows = runs.enumerated().map { Row($1, style: "c\($0 % 8)") }
    contrasts = try runs.dropFirst().map { try Contrast($0, baseline: runs[0], looks, names) }
    curves = LearningCurves(comparing: runs).charts
    runNames = runs.map(\.name)
    settings = Setting.differences(runs.map(\.settings)).map { key, values in
      SettingDifference(key: key, values: values.map { $0?.cut(to: 120) ?? "—" })
    }
  }
}

extension Comparison.Row {
  fileprivate init(_ run: RunRecord, style: String) {
    let interval = run.videos.interval.meanF1
    runName = run.name
    self.style = style
    meanF1 = Headline.text(run.scores.meanF1)
    self.interval = "\(Headline.text(interval.low)) to \(Headline.text(interval.high))"
    level1 = "\(Headline.text(run.scores.level1.microF1)) / \(Headline.text(run.scores.level1.macroF1))"
    level2 = "\(Headline.text(run.scores.level2.microF1)) / \(Headline.text(run.scores.level2.macroF1))"
    tail = run.scores.frequency.map { Headline.text($0.tail.macroF1) } ?? ""
    videoCount =
      Quantity.grouped(run.videos.count)
      + (run.isComplete ? "" : " (\(run.finished.count) of \(run.totalFolds) folds)")
  }
}
