import Pages
import Records

/// How loss, scores and rates went, by epochs.
struct LearningCurves {
  let charts: [Chart]
  /// Trainings that have a curve of their own: more could not be told apart.
  private static let mostFolds = 40

  /// A run's curves: those of the folds, and their mean.
  init(_ run: RunRecord) {
    let folds = run.trainings
    let several = folds.count > 1
    let drawn = folds.prefix(Self.mostFolds)
    let note =
      folds.count > drawn.count
      ? "The first \(drawn.count) of \(folds.count) trainings, and the mean of all." : nil
    let each = several ? "each fold" : "steps"
    charts = [
      Chart(
        "Loss in training", label: "Loss over epochs", xTitle: "epoch",
        drawn.map { fold in
          Curve(name: Self.name(fold, of: run), style: "each", points: Self.byEpoch(fold.losses, of: fold))
        } + [Curve(name: "mean of the epochs", style: "mean c0", points: Self.mean(folds) { $0.loss })],
        keys: [.init(style: "each", keyText: each), .init(style: "c0", keyText: "mean of the epoch")],
        note: note),
      Chart(
        "Mean F1 of the videos held out", label: "Mean F1 over epochs", xTitle: "epoch",
        (several
          ? drawn.map { fold in
            Curve(
              name: Self.name(fold, of: run), style: "each",
              points: ThinnedCurve(fold.epochs.map { (Double($0.result.epoch), $0.result.scores[.mean]) })
                .points)
          } : []) + Self.scoreCurves(folds),
        keys: [
          .init(style: "c0", keyText: "mean F1"), .init(style: "c1", keyText: "level 1 micro"),
          .init(style: "c2", keyText: "level 2 micro"), .init(style: "c3", keyText: "level 2 macro"),
        ] + (several ? [.init(style: "each", keyText: "mean F1 of each fold")] : []), isPart: true,
        note: several ? note : nil),
      Self.rates(folds.first),
    ].filter { $0.lines.contains { !$0.points.isEmpty } }
  }

  /// The means of several runs, over each other.
  init(comparing runs: [RunRecord]) {
    let keys = runs.enumerated().map { Chart.Key(style: "c\($0 % 8)", keyText: $1.name) }
    func chart(
      _ title: String, _ label: String, isPart: Bool, _ value: (TrainingRecord.Result) -> Double
    ) -> Chart {
      Chart(
        title, label: label, xTitle: "epoch",
        runs.enumerated().map { number, run in
          Curve(name: run.name, style: "mean c\(number % 8)", points: Self.mean(run.trainings, value))
        }, keys: keys, isPart: isPart)
    }
    charts = [
      chart("Loss in training", "Loss over epochs, of each run", isPart: false) { $0.loss },
      chart("Mean F1 of the videos held out", "Mean F1 over epochs, of each run", isPart: true) {
        $0.scores[.mean]
      },
    ].filter { $0.lines.contains { !$0.points.isEmpty } }
  }

  private static func name(_ record: TrainingRecord, of run: RunRecord) -> String {
    run.seeds > 1 ? "fold \(record.fold) of a seed" : "fold \(record.fold)"
  }

  private static func scoreCurves(_ folds: [TrainingRecord]) -> [Curve] {
    [
      Curve(
        name: "level 2 macro F1, mean", style: "thin c3", points: mean(folds) { $0.scores[.level2Macro] }),
      Curve(
        name: "level 2 micro F1, mean", style: "thin c2", points: mean(folds) { $0.scores[.level2Micro] }),
      Curve(
        name: "level 1 micro F1, mean", style: "thin c1", points: mean(folds) { $0.scores[.level1Micro] }),
      Curve(name: "mean F1, mean of the folds", style: "mean c0", points: mean(folds) { $0.scores[.mean] }),
    ]
  }

  private static func rates(_ fold: TrainingRecord?) -> Chart {
    // Groups of one rate are one curve.
    let rates = (fold?.rates ?? [:]).sorted { $0.key < $1.key }
    var groups: [(names: [String], points: [ThinnedCurve.Point])] = []
    for (group, curve) in rates {
      let points = fold.map { byEpoch(curve, of: $0) } ?? []
      if let same = groups.firstIndex(where: { $0.points == points }) {
        groups[same].names.append(group)
      } else {
        groups.append(([group], points))
      }
    }
    let shown = groups.prefix(8).map {
      (name: name(of: $0.names, among: rates.map(\.key)).cut(to: 200), points: $0.points)
    }
    return Chart(
      "Learning rates", label: "Learning rate of each group of parameters over epochs", xTitle: "epoch",
      shown.enumerated().map { Curve(name: $1.name, style: "mean c\($0)", points: $1.points) },
      keys: shown.enumerated().map { Chart.Key(style: "c\($0)", keyText: $1.name) },
      note: groups.count > shown.count ? "The first \(shown.count) of \(groups.count) groups." : nil)
  }

  /// A part of the model whose groups all learn at one rate is called as a whole; of others each group is.
  private static func name(of groups: [String], among all: [String]) -> String {
    func part(_ group: String) -> String { String(group.prefix { $0 != "," }) }
    let divided = Set(all.filter { !groups.contains($0) }.map(part))
    var names: [String] = []
    for group in groups {
      let name = divided.contains(part(group)) ? group : part(group)
      if names.last != name { names.append(name) }
    }
    return names.joined(separator: "; ")
  }

  private static func byEpoch(_ curve: ThinnedCurve, of record: TrainingRecord) -> [ThinnedCurve.Point] {
    curve.points.map { .init(x: $0.x / record.stepsPerEpoch, y: $0.y) }
  }

  /// Over the folds that have the epoch.
  private static func mean(
    _ folds: [TrainingRecord], _ value: (TrainingRecord.Result) -> Double
  ) -> [ThinnedCurve.Point] {
    let rows = folds.flatMap { $0.epochs.map(\.result) }
    let epochs = Dictionary(grouping: rows, by: \.epoch).sorted { $0.key < $1.key }
    let means = epochs.map { epoch, rows -> (Double, Double) in
      let sum = rows.reduce(0.0) { $0 + value($1) }
      return (Double(epoch), sum / Double(rows.count))
    }
    return ThinnedCurve(means).points
  }
}
