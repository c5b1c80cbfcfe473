package import Torch

/// Multi-head self-attention (Vaswani et al., 2017) over sequences in one stream: queries, keys and values from one
/// product, softmax of `query · key / √width` in each head, and a linear layer over the heads side by side.
package struct MultiHeadAttention {
  private let queryKeyValue: Linear
  private let output: Linear
  private let heads: Int

  /// - Parameter queryKeyValue: three times the width: queries, keys, values.
  package init(queryKeyValue: Linear, output: Linear, heads: Int) {
    self.queryKeyValue = queryKeyValue
    self.output = output
    self.heads = heads
  }

  /// `[tokens, width]` → `[tokens, width]`.
  /// - Parameter pattern: which tokens see each other.
  package func callAsFunction(_ x: Tensor, _ pattern: PackedAttention) -> Tensor {
    let (tokens, width) = (x.size(0), x.size(1))
    let stream = queryKeyValue(x).reshaped([tokens, 3, heads, width / heads])
    return output(pattern(stream))
  }
}
