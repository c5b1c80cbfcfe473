import NN
import Torch

/// Two linear layers with an activation between them.
struct MLP {
  private let first: Linear
  private let second: Linear
  private let activation: Activation

  /// - Parameter hidden: outputs of the first layer; the second one has as many as there are inputs.
  init(_ scope: Scope, inputs: Int, hidden: Int, activation: Activation) {
    first = Linear(scope["fc1"], inputs: inputs, outputs: hidden)
    second = Linear(scope["fc2"], inputs: hidden, outputs: inputs)
    self.activation = activation
  }

  func callAsFunction(_ x: Tensor) -> Tensor { second(activation(first(x))) }
}
