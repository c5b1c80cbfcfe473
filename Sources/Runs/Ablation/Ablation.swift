package import Dataset
import Metrics
package import Records
package import Settings
import Storage
package import SystemPackage
import Training

/// Runs the variations of a plan and compares them.
///
///     <variation>/seed-<n>/    a run folder for each seed
///     ablation.json, .md       the table, anew after each run
///
/// A run that is finished is not repeated, and one that was stopped goes on.
package final class Ablation {
  private let plan: AblationPlan
  private let annotations: [Annotation]
  private let folder: FilePath

  package init(_ plan: AblationPlan, of annotations: [Annotation], in folder: FilePath) {
    self.plan = plan
    self.annotations = annotations
    self.folder = folder
  }

  /// - Parameter fit: makes the training of one run, which tells its events to the given closure.
  /// - Parameter progress: is told of each run before it begins, and of the table after one that was not finished.
  package func run(
    fit: (RunConfiguration, RunFolder, @escaping (FitEvent) throws -> Void) throws -> Fit,
    progress: @escaping (Progress) throws -> Void
  ) throws -> AblationReport {
    try Folder.create(folder)
    // Seed after seed, so that a table that is not complete compares all variations already.
    for seed in plan.seeds {
      for variation in plan.variations {
        try progress(.run(variation: variation.name, seed: seed))
        var configuration = variation.configuration
        configuration.seed = seed
        let training = try fit(configuration, runFolder(variation, seed)) { try progress(.event($0)) }
        let isUnfinished = !plan.folds.allSatisfy(runFolder(variation, seed).isFinished)
        for fold in plan.folds { _ = try training.run(only: fold) }
        if isUnfinished { try progress(.table(try report())) }
      }
    }
    return try report()
  }

  package enum Progress {
    case run(variation: String, seed: UInt64)
    case event(FitEvent)
    case table(AblationReport)
  }

  private func runFolder(_ variation: AblationPlan.Variation, _ seed: UInt64) -> RunFolder {
    RunFolder(folder.appending(variation.name).appending("seed-\(seed)"))
  }

  // MARK: The table

  /// The predicted category of each video that the folds of a run held out, by id.
  private func predictions(_ variation: AblationPlan.Variation, _ seed: UInt64) throws -> [String: String]? {
    let run = runFolder(variation, seed)
    guard plan.folds.allSatisfy(run.isFinished) else { return nil }
    var categories: [String: String] = [:]
    for fold in plan.folds {
      try Prediction.visit(run.predictions(fold)) { categories[$0.id] = $0.category }
    }
    return categories
  }

  /// Videos a second of each epoch of a run that is finished.
  private func speeds(_ variation: AblationPlan.Variation, _ seed: UInt64) throws -> [Double] {
    try plan.folds.flatMap { fold in
      try EventFile(runFolder(variation, seed).events(fold)).epochs().map(\.cost.videosPerSecond)
    }
  }

  private func report() throws -> AblationReport {
    let counts = annotations.reduce(into: [:]) { $0[$1.category ?? "", default: 0] += 1 }
    var baseline: [UInt64: [String: String]] = [:]
    var baselineSpeed: Double?
    var rows: [AblationReport.Row] = []
    for (number, variation) in plan.variations.enumerated() {
      var predicted: [UInt64: [String: String]] = [:]
      for seed in plan.seeds { predicted[seed] = try predictions(variation, seed) }
      guard !predicted.isEmpty else { continue }
      let each = plan.seeds.compactMap { seed in predicted[seed].map { scores(of: $0, counts) } }
      let rates = try plan.seeds.filter { predicted[$0] != nil }.flatMap { try speeds(variation, $0) }
      let speed = rates.isEmpty ? nil : rates.reduce(0, +) / Double(rates.count)
      if number == 0 { (baseline, baselineSpeed) = (predicted, speed) }
      rows.append(
        AblationReport.Row(
          name: variation.name, seeds: plan.seeds.filter { predicted[$0] != nil },
          meanF1: Statistics(each.map(\.meanF1)),
          tailF1: Statistics(each.compactMap(\.frequency?.tail.macroF1)), videosPerSecond: speed,
          difference: number == 0
            ? nil
            : difference(
              predicted, baseline, counts, speed.flatMap { own in baselineSpeed.map { own - $0 } })))
    }
    let report = AblationReport(videos: baseline.values.first?.count ?? 0, folds: plan.folds, rows: rows)
    try JSONText.write(report, to: folder.appending("ablation.json"))
    try AtomicFile.write(report.markdown, to: folder.appending("ablation.md"))
    return report
  }

  private func scores(of predicted: [String: String], _ counts: [String: Int]) -> Scores {
    let videos = annotations.filter { predicted[$0.id] != nil }
    return Scores(
      truth: videos.map { $0.category ?? "" }, predicted: videos.map { predicted[$0.id] ?? "" },
      trainingCounts: counts)
  }

  private func difference(
    _ predicted: [UInt64: [String: String]], _ baseline: [UInt64: [String: String]], _ counts: [String: Int],
    _ videosPerSecond: Double?
  ) -> AblationReport.Difference? {
    let seeds = plan.seeds.filter { predicted[$0] != nil && baseline[$0] != nil }
    guard let first = seeds.first else { return nil }
    // The folds are the same for all seeds, and so are the videos.
    let videos = annotations.filter { baseline[first]?[$0.id] != nil }
    func categories(_ side: [UInt64: [String: String]]) -> [[String]] {
      seeds.map { seed in videos.map { side[seed]?[$0.id] ?? "" } }
    }
    let (meanF1, tailF1) = Bootstrap().differences(
      truth: videos.map { $0.category ?? "" }, predicted: categories(predicted),
      baseline: categories(baseline),
      trainingCounts: counts)
    return AblationReport.Difference(
      seeds: seeds, meanF1: meanF1, tailF1: tailF1, videosPerSecond: videosPerSecond)
  }
}
