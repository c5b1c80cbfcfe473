import Glibc
import NN
import Torch

/// Which learning rate and weight decay each parameter gets.
enum ParameterGroups {
  /// Vectors (norms and biases) are not decayed; matrices and tables are. Each layer is a group of its own where layers
  /// have rates of their own or begin to learn at different times.
  static func make(_ store: ParameterStore, _ training: TrainingConfiguration) -> [AdamW.Group] {
    let rates = training.learningRate
    let layers = LayerNumbers(store.parameters.map(\.name))
    let differ = training.layerDecay < 1 || training.unfreezing.isNeeded
    let byLayer = Dictionary(grouping: store.parameters) { parameter in
      Layer(
        part: kind(of: parameter.name), height: differ ? layers.height(above: parameter.name) : 0)
    }
    return [("backbone", rates.backbone), ("fusion", rates.fusion), ("heads", rates.heads)].flatMap {
      part, rate in
      byLayer.filter { $0.key.part == part }.sorted { $0.key.height > $1.key.height }.flatMap {
        layer, parameters in
        [true, false].map { isDecayed in
          AdamW.Group(
            name: part + (layer.height > 0 ? ", \(layer.height) layers below the top" : "")
              + (isDecayed ? "" : ", norms and biases"),
            parameters: parameters.filter { ($0.tensor.rank > 1) == isDecayed },
            learningRate: rate * pow(training.layerDecay, Double(layer.height)),
            weightDecay: isDecayed ? training.weightDecay : 0)
        }
      }
    }
  }

  private struct Layer: Hashable {
    let part: String
    let height: Int
  }

  private static func kind(of name: String) -> String {
    let part = LayerNumbers.part(of: name)
    return ["backbone", "fusion"].contains(part) ? part : "heads"
  }
}
