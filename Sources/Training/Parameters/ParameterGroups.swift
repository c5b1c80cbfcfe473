import Glibc
package import NN
import Torch

/// Which learning rate and weight decay each parameter gets.
package enum ParameterGroups {
  /// Vectors (norms and biases) are not decayed; matrices and tables are. Each layer is a group of its own where layers
  /// have rates of their own or begin to learn at different times.
  package static func make(_ store: ParameterStore, _ settings: OptimizationConfiguration) -> [AdamW.Group] {
    let rates = settings.learningRate
    let layers = LayerNumbers(store.parameters.map(\.name))
    let differ = settings.layerDecay < 1 || settings.unfreezing.isNeeded
    let byLayer = Dictionary(grouping: store.parameters) { parameter in
      Layer(
        part: kind(of: parameter.name), height: differ ? layers.height(above: parameter.name) : 0)
    }
    let parts = [
      ("backbone", rates.backbone), ("embeddings", rates.embeddings), ("fusion", rates.fusion),
      ("heads", rates.heads),
    ]
    return parts.flatMap { part, rate in
      byLayer.filter { $0.key.part == part }.sorted { $0.key.height > $1.key.height }
        .flatMap { layer, parameters in
          let layerRate = rate * pow(settings.layerDecay, Double(layer.height))
          let (decayed, others) = (
            parameters.filter { $0.tensor.rank > 1 }, parameters.filter { $0.tensor.rank <= 1 }
          )
          return [
            AdamW.Group(
              name: layer.name, parameters: decayed, learningRate: layerRate,
              weightDecay: settings.weightDecay),
            AdamW.Group(
              name: layer.name + ", norms and biases", parameters: others, learningRate: layerRate,
              weightDecay: 0),
          ]
        }
    }
  }

  private struct Layer: Hashable {
    let part: String
    let height: Int

    var name: String {
      height > 0 ? "\(part), \(height) \(height == 1 ? "layer" : "layers") below the top" : part
    }
  }

  /// What published text encoders call their table of words.
  private static let words = ["word_embeddings", "tok_embeddings"]

  private static func kind(of name: String) -> String {
    if words.contains(where: { name.hasPrefix("fusion.embeddings.\($0).") }) { return "embeddings" }
    if LayerNumbers.isBackbone(name) { return "backbone" }
    return LayerNumbers.part(of: name) == "fusion" ? "fusion" : "heads"
  }
}
