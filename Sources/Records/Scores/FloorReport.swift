package import Dataset
package import Metrics

/// The floor as a report says it.
package struct FloorReport: Codable, Sendable, Equatable {
  /// What the floor looks at.
  package let input: BaselineInput
  package let meanF1: Double
  package let level1: Level
  package let level2: Level

  package struct Level: Codable, Sendable, Equatable {
    package let microF1: Double
    package let macroF1: Double
    /// Of the model alone, out of fold, with its categories chosen as the floor's are: the first level first.
    package let modelMicroF1: Double
    package let modelMacroF1: Double

    init(_ floor: LevelScores, model: LevelScores) {
      (microF1, macroF1) = (floor.microF1, floor.macroF1)
      (modelMicroF1, modelMacroF1) = (model.microF1, model.macroF1)
    }

    /// Whether the model's mean of the two is less.
    package var isModelBelow: Bool { modelMicroF1 + modelMacroF1 < microF1 + macroF1 }

    enum CodingKeys: String, CodingKey {
      case microF1 = "micro_f1"
      case macroF1 = "macro_f1"
      case modelMicroF1 = "model_micro_f1"
      case modelMacroF1 = "model_macro_f1"
    }
  }

  /// - Parameter model: by the rule that the floor's scores are by.
  package init(_ scores: Scores, input: BaselineInput, model: Scores) {
    self.input = input
    meanF1 = scores.meanF1
    level1 = Level(scores.level1, model: model.level1)
    level2 = Level(scores.level2, model: model.level2)
  }

  enum CodingKeys: String, CodingKey {
    case input
    case meanF1 = "mean_f1"
    case level1, level2
  }

  /// The levels at which the model is below it, for people; nil where it is at none.
  package var verdict: String? {
    let levels = [(1, level1), (2, level2)].filter { $1.isModelBelow }.map { "level \($0.0)" }
    return levels.isEmpty ? nil : "The model is below the floor at \(levels.joined(separator: " and "))."
  }
}

extension BaselineInput {
  /// What it looks at, for people.
  package var nouns: String {
    switch self {
    case .text: "character n-grams of the texts"
    case .video: "mean vectors of the frames"
    case .both: "character n-grams of the texts and mean vectors of the frames"
    }
  }
}
