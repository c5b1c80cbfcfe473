package import Torch

/// A vector for each number in `0..<rows`. Parameter: `weight [rows, width]`, float32 also where other layers compute in
/// another type: looking up is no arithmetic, and a sum of embeddings is rounded once.
package struct Embedding {
  package let weight: Tensor

  package init(_ scope: Scope, rows: Int, width: Int, deviation: Double = 0.02) {
    weight = scope.inFullPrecision.parameter("weight", shape: [rows, width], .normal(deviation: deviation))
  }

  /// `[…]` int64 → `[…, width]` float32.
  package func callAsFunction(_ numbers: Tensor) -> Tensor { numbers.embedded(in: weight) }
}
