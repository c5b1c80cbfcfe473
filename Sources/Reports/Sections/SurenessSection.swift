import Foundation
import Metrics
import Pages

/// What the probabilities are worth, and what they save people.
struct SurenessSection: Sendable {
  let reliability: Chart
  let coverage: Chart
  /// `Sending 12 % of the videos to people makes the rest 95 % right`
  let promises: [String]
  let error: String

  init(_ videos: HeldOutVideos) {
    let sureness = videos.sureness
    reliability = Self.reliability(sureness, videos.count)
    coverage = Self.coverage(sureness)
    error = String(format: "%.1f", sureness.calibrationError * 100)
    let now = sureness.coverage.last?.accuracy ?? 0
    let kept = [0.9, 0.95, 0.99].filter { now < $0 && sureness.largest(withAccuracy: $0) != nil }
    promises =
      kept.isEmpty && now < 0.9
      ? ["Not even of the surest videos are 90 % right."]
      : kept.compactMap { wanted in
        guard let largest = sureness.largest(withAccuracy: wanted) else { return nil }
        let percent = Int((wanted * 100).rounded())
        let sent = String(format: "%.1f", (1 - largest.share) * 100).replacing(".0", with: "")
        return "Sending \(sent) % of the videos to people makes the rest \(percent) % right."
      }
  }

  private static func reliability(_ sureness: Sureness, _ count: Int) -> Chart {
    let x = Axis(low: 0, high: 1, start: Chart.left, end: Chart.right)
    let y = Axis(low: 0, high: 1, start: Chart.bottom, end: Chart.top)
    var chart = Chart(
      chartTitle: "Are they as right as they are sure?",
      chartLabel: "Share of right predictions by their probability, in tenths", xTitle: "probability",
      keys: [
        .init(style: "bar", keyText: "share that are right"),
        .init(style: "ideal", keyText: "as sure as right"),
        .init(style: "share", keyText: "share of all videos"),
      ])
    chart.setTicks(x, y)
    for (place, tenth) in sureness.tenths.enumerated() {
      guard let accuracy = tenth.accuracy, let confidence = tenth.confidence else { continue }
      let (left, right) = (x.place(Double(place) / 10), x.place(Double(place + 1) / 10))
      let percent = String(format: "%.0f %% right, %.0f %% sure", accuracy * 100, confidence * 100)
      let hint = "\(Quantity.counted(tenth.count, "video")): \(percent)"
      let share = Double(tenth.count) / Double(max(count, 1))
      for (style, height, from, to) in [
        ("bar", accuracy, left + 2, right - 9), ("share", share, right - 8, right - 2),
      ] {
        chart.bars.append(
          .init(
            x: Axis.text(from), y: Axis.text(y.place(height)), barWidth: Axis.text(to - from),
            barHeight: Axis.text(max(0, Chart.bottom - y.place(height))), style: style, hint: hint))
      }
    }
    chart.lines = [
      .init(
        Curve(name: "as sure as right", style: "ideal", points: [.init(x: 0, y: 0), .init(x: 1, y: 1)]), x, y)
    ]
    return chart
  }

  private static func coverage(_ sureness: Sureness) -> Chart {
    var curve = ThinnedCurve(limit: 200)
    for point in sureness.coverage { curve.append(x: point.share, y: point.accuracy) }
    let least = sureness.coverage.map(\.accuracy).min() ?? 0
    let x = Axis(low: 0, high: 1, start: Chart.left, end: Chart.right)
    let y = Axis(low: floor(least * 10) / 10, high: 1, start: Chart.bottom, end: Chart.top)
    var chart = Chart(
      chartTitle: "If the least sure ones are left to people",
      chartLabel: "Share of right predictions among the surest videos, by how many those are",
      xTitle: "share of the videos that are not sent to people", keys: [])
    chart.setTicks(x, y)
    chart.lines = [
      .init(Curve(name: "share that are right", style: "mean c0", points: curve.points), x, y)
    ]
    if let largest = sureness.largest(withAccuracy: 0.95) {
      chart.marks = [
        .init(x: Axis.text(x.place(largest.share)), y: Axis.text(y.place(largest.accuracy)), style: "c0")
      ]
    }
    return chart
  }
}
