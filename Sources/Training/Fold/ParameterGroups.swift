import NN
import Torch

/// Which learning rate and weight decay each parameter gets.
enum ParameterGroups {
  /// Vectors (norms and biases) are not decayed; matrices and tables are.
  static func make(_ store: ParameterStore, _ training: TrainingConfiguration) -> [AdamW.Group] {
    let rates = training.learningRate
    let kinds = [("backbone", rates.backbone), ("fusion", rates.fusion), ("heads", rates.heads)]
    return kinds.flatMap { kind, rate in
      [true, false].map { isDecayed in
        AdamW.Group(
          name: isDecayed ? kind : "\(kind), norms and biases",
          parameters: store.parameters.filter {
            Self.kind(of: $0.name) == kind && ($0.tensor.rank > 1) == isDecayed
          },
          learningRate: rate, weightDecay: isDecayed ? training.weightDecay : 0)
      }
    }
  }

  private static func kind(of name: String) -> String {
    if name.hasPrefix("backbone.") { return "backbone" }
    return name.hasPrefix("fusion.") ? "fusion" : "heads"
  }
}
