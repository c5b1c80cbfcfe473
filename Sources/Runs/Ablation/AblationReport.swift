import Foundation
package import Metrics

/// What a table of variations came to: `ablation.json`.
package struct AblationReport: Codable, Sendable, Equatable {
  package struct Row: Codable, Sendable, Equatable {
    package let name: String
    /// Of the runs that are finished.
    package let seeds: [UInt64]
    /// Over the seeds: the official metric of all predictions out of fold.
    package let meanF1: Statistics
    /// The macro F1 of the rarest third of the level-2 categories.
    package let tailF1: Statistics
    /// In training, reading included: the mean over the epochs.
    package let videosPerSecond: Double?
    /// From the first variation, over the seeds that both have finished; nil for the first itself.
    package let difference: Difference?

    enum CodingKeys: String, CodingKey {
      case name, seeds
      case meanF1 = "mean_f1"
      case tailF1 = "tail_f1"
      case videosPerSecond = "videos_per_second"
      case difference
    }
  }

  package struct Difference: Codable, Sendable, Equatable {
    package let seeds: [UInt64]
    package let meanF1: Bootstrap.Interval
    package let tailF1: Bootstrap.Interval
    package let videosPerSecond: Double?

    enum CodingKeys: String, CodingKey {
      case seeds
      case meanF1 = "mean_f1"
      case tailF1 = "tail_f1"
      case videosPerSecond = "videos_per_second"
    }
  }

  package let videos: Int
  package let folds: [Int]
  /// Those of which a run is finished, in the order of the plan.
  package let rows: [Row]

  /// The rows of the table, for people.
  package var lines: [String] {
    let header = [
      "| variation | seeds | mean F1 | difference | tail F1 | difference | videos/s |",
      "|---|---:|---:|---:|---:|---:|---:|",
    ]
    return header
      + rows.map { row in
        let cells = [
          row.name, "\(row.seeds.count)", "\(row.meanF1)", Self.text(row.difference?.meanF1),
          "\(row.tailF1)", Self.text(row.difference?.tailF1),
          row.videosPerSecond.map { String(format: "%.1f", $0) } ?? "",
        ]
        return "| \(cells.joined(separator: " | ")) |"
      }
  }

  /// `ablation.md`
  package var markdown: String {
    let folds = folds.map(String.init).joined(separator: ", ")
    let explanation = """
      \(videos) videos, each predicted by the model that never saw it (folds \(folds)). The number behind ± is the \
      deviation over seeds. A difference is to the first variation over the same seeds, with the middle 95 % of what \
      1,000 random draws of the videos give: it says nothing of how seeds differ. Videos a second are as seen while \
      the run trained, with whatever else the machine did.
      """
    return (lines + ["", explanation]).joined(separator: "\n") + "\n"
  }

  private static func text(_ interval: Bootstrap.Interval?) -> String {
    guard let interval else { return "" }
    return String(format: "%+.4f (%+.4f to %+.4f)", interval.value, interval.low, interval.high)
  }
}
