package import Torch

/// A vector for each number in `0..<rows`. Parameter: `weight [rows, width]`.
package struct Embedding {
  package let weight: Tensor

  package init(_ scope: Scope, rows: Int, width: Int, deviation: Double = 0.02) {
    weight = scope.parameter("weight", shape: [rows, width], .normal(deviation: deviation))
  }

  /// `[…]` int64 → `[…, width]` float32.
  package func callAsFunction(_ numbers: Tensor) -> Tensor { numbers.embedded(in: weight) }
}
