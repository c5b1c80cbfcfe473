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
  /// - Parameter rotary: what turns queries and keys; all sequences are then as long as it.
  package func callAsFunction(
    _ x: Tensor, _ pattern: PackedAttention, rotating rotary: RotaryPositions? = nil
  ) -> Tensor {
    let (tokens, width) = (x.size(0), x.size(1))
    var stream = queryKeyValue(x)  // [tokens, 3 * width]
    if let rotary {
      let parts = stream.reshaped([-1, rotary.length, 3, heads, width / heads]).split([2, 1], along: 2)
      stream = Tensor.concatenated([rotary(parts[0]), parts[1]], along: 2)
    }
    return output(pattern(stream.reshaped([tokens, 3, heads, width / heads])))
  }

  /// The same, queries and keys turned by where each element stands in its sequence.
  package func callAsFunction(_ x: Tensor, _ pattern: PackedAttention, turning places: RotaryPlaces) -> Tensor
  {
    let (tokens, width) = (x.size(0), x.size(1))
    let parts = queryKeyValue(x).reshaped([tokens, 3, heads, width / heads]).split([2, 1], along: 1)
    return output(pattern(Tensor.concatenated([places(parts[0]), parts[1]], along: 1)))
  }

  /// The same, where more than contents decides what sees what.
  /// - Parameter scoring: see `PackedAttention`.
  package func callAsFunction(
    _ x: Tensor, _ pattern: PackedAttention,
    scoring: @escaping (_ query: Tensor, _ key: Tensor) -> (query: Tensor, added: Tensor)
  ) -> Tensor {
    let stream = queryKeyValue(x).reshaped([x.size(0), 3, heads, x.size(1) / heads])
    return output(pattern(stream, scoring: scoring))
  }

  /// What queries and keys are made by, of rows that are none of a sequence's: `[rows, width]` → `[rows, 2, heads, width / heads]`.
  package func queriesAndKeys(_ rows: Tensor) -> Tensor {
    let width = rows.size(1)
    return queryKeyValue(rows, outputs: 0..<2 * width).reshaped([-1, 2, heads, width / heads])
  }

  /// What the first token of each sequence gives alone, `[sequences, length, width]` → `[sequences, width]`: where nothing
  /// else of a layer is used, it need not be computed.
  ///
  /// The first token has no place to be turned by.
  package func first(of x: Tensor, rotating rotary: RotaryPositions? = nil) -> Tensor {
    let (count, length, width) = (x.size(0), x.size(1), x.size(2))
    let query = queryKeyValue(x.selected(1, 0), outputs: 0..<width)  // [sequences, width]
      .reshaped([count, heads, 1, width / heads])
    let parts = queryKeyValue(x, outputs: width..<3 * width)  // [sequences, length, 2 * width]
      .reshaped([count, length, 2, heads, width / heads])
      .permuted([2, 0, 3, 1, 4]).unbound()  // 2 × [sequences, heads, length, width / heads]
    let key = rotary.map { $0(heads: parts[0]) } ?? parts[0]
    return output(Tensor.attention(query: query, key: key, value: parts[1]).reshaped([count, width]))
  }
}
