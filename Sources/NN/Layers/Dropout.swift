package import Torch

/// Zeroes elements at random in training; does nothing in evaluation.
package struct Dropout {
  package let probability: Double

  package init(_ probability: Double) { self.probability = probability }

  package func callAsFunction(_ x: Tensor, _ mode: Mode) -> Tensor {
    guard case .training(let pass) = mode, probability > 0 else { return x }
    return x.dropout(probability, drawingFrom: pass.random)
  }
}
