package import Metrics

extension EpochScores {
  /// What they are called where videos are sorted into categories.
  package enum F1: String, CaseIterable, Sendable {
    /// The official metric: the mean of the others.
    case mean = "mean_f1"
    case level1Micro = "level1_micro_f1"
    case level1Macro = "level1_macro_f1"
    case level2Micro = "level2_micro_f1"
    case level2Macro = "level2_macro_f1"

    fileprivate func value(in scores: Scores) -> Double {
      switch self {
      case .mean: scores.meanF1
      case .level1Micro: scores.level1.microF1
      case .level1Macro: scores.level1.macroF1
      case .level2Micro: scores.level2.microF1
      case .level2Macro: scores.level2.macroF1
      }
    }
  }

  package init(_ scores: Scores) {
    self.init(
      videos: scores.count,
      Dictionary(uniqueKeysWithValues: F1.allCases.map { ($0.rawValue, $0.value(in: scores)) }),
      chosenBy: F1.mean.rawValue)
  }

  /// 0 where the task says no such number.
  package subscript(_ name: F1) -> Double { values[name.rawValue] ?? 0 }
}
