import Foundation
import Pages
import Records

/// What the run took.
struct Cost: Sendable {
  struct Fact: Sendable {
    let costName: String
    let costValue: String
  }

  let facts: [Fact]
  /// What was wrong on the way, each once.
  let warnings: [String]
  private static let mostWarnings = 12

  init(_ run: RunRecord) {
    var facts: [Fact] = []
    func add(_ name: String, _ value: String) { facts.append(Fact(costName: name, costValue: value)) }
    if let start = run.trainings.lazy.compactMap(\.start).first {
      add("device", "\(start.device), \(start.precision), \(Quantity.counted(start.threads, "thread"))")
      add("parameters", Quantity.grouped(start.parameters))
    }
    let speeds = run.trainings.flatMap { $0.epochs.map(\.videosPerSecond) }.filter { $0 > 0 }.sorted()
    if !speeds.isEmpty {
      add(
        "training speed",
        "\(Quantity.decimal(speeds[speeds.count / 2], digits: 1)) videos a second (median epoch)")
      let seconds = run.trainings.reduce(0) { $0 + $1.trainingSeconds }
      add(
        "time in training", "about \(Self.duration(seconds)), without validation, folds one after the other")
    }
    add(
      "epochs",
      "\(run.trainings.reduce(0) { $0 + $1.epochs.count }) in \(Quantity.counted(run.trainings.count, "training"))"
    )
    let skipped = run.trainings.reduce(0) { $0 + $1.skippedSteps }
    if skipped > 0 { add("skipped steps", "\(skipped), which had no finite loss and gradient") }
    self.facts = facts
    var seen: Set<String> = []
    warnings = Array(
      run.trainings.flatMap(\.warnings).filter { seen.insert($0).inserted }.map { $0.cut(to: 400) }
        .prefix(Self.mostWarnings))
  }

  /// `3 h 20 min`, `12 min`, `40 s`
  static func duration(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded())
    if whole < 120 { return "\(whole) s" }
    if whole < 7200 { return "\(whole / 60) min" }
    return "\(Quantity.grouped(whole / 3600)) h \(whole % 3600 / 60) min"
  }
}

extension TrainingRecord {
  /// By the speed of each epoch and the videos that it trained on.
  fileprivate var trainingSeconds: Double {
    guard let start else { return 0 }
    return epochs.reduce(0) { sum, epoch in
      guard epoch.videosPerSecond > 0 else { return sum }
      return sum + Double(start.videos - epoch.result.videos) / epoch.videosPerSecond
    }
  }
}
