import NN
import Torch

extension Unfreezing {
  /// Whether the schedule keeps anything from learning at any time.
  var isNeeded: Bool { end > 0 }

  /// Lets the layers of the backbone learn whose time has come: no gradient is computed for the others.
  /// - Parameter progress: the part of all steps that is done, 0…1.
  func apply(to store: ParameterStore, progress: Double) {
    guard isNeeded else { return }
    let layers = LayerNumbers(store.parameters.map(\.name))
    for parameter in store.parameters where LayerNumbers.isBackbone(parameter.name) {
      let lowest = max(1, layers.counts[LayerNumbers.part(of: parameter.name), default: 1] - 1)
      let height = Double(layers.height(above: parameter.name)) / Double(lowest)
      parameter.tensor.requiresGradient = progress >= start + (end - start) * height
    }
  }
}
