import Torch

extension Tensor {
  /// The rows again and again: draw after draw of a multi-sample dropout.
  func repeated(_ times: Int) -> Tensor {
    times == 1 ? self : Tensor.concatenated(Array(repeating: self, count: times))
  }
}
