package import Torch

/// Zeroes elements at random in training; does nothing in evaluation.
package struct Dropout {
  package let probability: Double

  package init(_ probability: Double) { self.probability = probability }

  package func callAsFunction(_ x: Tensor, _ mode: Mode) -> Tensor {
    mode == .training && probability > 0 ? x.dropout(probability) : x
  }
}
