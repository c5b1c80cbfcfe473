package import Torch

/// Multi-head attention in which every token sees its own sequence and nothing else.
package enum PackedAttention {
  /// Query, key and value are `[tokens, heads, width]`; so is the result.
  ///
  /// Sequences of one length are computed as a batch; others one by one, each at its own length, so that nothing
  /// is spent on padding and no sequence can depend on its neighbours.
  package static func attend(
    query: Tensor, key: Tensor, value: Tensor, sequences: PackedSequences
  ) -> Tensor {
    let heads = query.size(1)
    let width = query.size(2)
    if let length = sequences.uniformLength {
      let shape = [sequences.lengths.count, length, heads, width]
      return attend(query.reshaped(shape), key.reshaped(shape), value.reshaped(shape))
        .reshaped([sequences.tokens, heads, width])
    }
    let lengths = sequences.lengths
    let parts = zip(query.split(lengths), zip(key.split(lengths), value.split(lengths)))
    return Tensor.concatenated(parts.map { attend($0, $1.0, $1.1) })
  }

  /// `[…, tokens, heads, width]` each.
  private static func attend(_ query: Tensor, _ key: Tensor, _ value: Tensor) -> Tensor {
    func headsFirst(_ x: Tensor) -> Tensor { x.transposed(-3, -2) }  // […, heads, tokens, width]
    return headsFirst(
      Tensor.attention(query: headsFirst(query), key: headsFirst(key), value: headsFirst(value)))
  }
}
