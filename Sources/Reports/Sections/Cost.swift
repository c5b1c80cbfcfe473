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
  private static let (mostWarnings, longest) = (12, 400)

  init(_ run: RunRecord) {
    var facts: [Fact] = []
    func add(_ name: String, _ value: String) {
      facts.append(Fact(costName: name, costValue: value.cut(to: Self.longest)))
    }
    if let start = run.trainings.lazy.compactMap(\.start).first {
      add("device", "\(start.device), \(start.precision), \(Quantity.counted(start.threads, "thread"))")
      add("parameters", Quantity.grouped(start.parameters))
    }
    let costs = run.trainings.flatMap { $0.epochs.map(\.cost) }
    if let memory = costs.map(\.peakMemory).max() {
      let speeds = costs.map(\.videosPerSecond).sorted()
      add("speed", "\(Quantity.decimal(speeds[speeds.count / 2], digits: 1)) videos a second (median epoch)")
      add(
        "time in training",
        "\(Quantity.duration(costs.reduce(0) { $0 + $1.trainingSeconds })), one fold after the other")
      add("time in validation", Quantity.duration(costs.reduce(0) { $0 + $1.validationSeconds }))
      add("memory", "\(Quantity.decimal(Double(memory) / 1e9, digits: 1)) GB at most")
    }
    add("epochs", "\(costs.count) in \(Quantity.counted(run.trainings.count, "training"))")
    let skipped = run.trainings.reduce(0) { $0 + $1.skippedSteps }
    if skipped > 0 { add("skipped steps", "\(skipped), which had no finite loss and gradient") }
    self.facts = facts
    var seen: Set<String> = []
    warnings = Array(
      run.trainings.flatMap(\.warnings).filter { seen.insert($0).inserted }.map { $0.cut(to: Self.longest) }
        .prefix(Self.mostWarnings))
  }
}
