import CTorch
import Synchronization

// Attention within the sequences of one stream, as accelerators have an operator for: no filling, no copies to groups.

extension Tensor {
  /// Whether `attention(packed:offsets:longest:)` takes this stream, where the device has it at all.
  package static func canAttendPacked(_ stream: Tensor) -> Bool {
    let width = stream.size(-1)
    return [.bfloat16, .float16].contains(stream.type) && width % 8 == 0 && width <= 256
  }

  /// `softmax(query · keyᵀ / √width) · value` within each of several sequences.
  /// - Parameter stream: queries, keys and values of all sequences end to end, `[tokens, 3, heads, width]`.
  /// - Parameter offsets: where each sequence begins, and where the last one ends, `[sequences + 1]` int32.
  /// - Parameter longest: tokens of the longest sequence.
  /// - Returns: `[tokens, heads * width]`
  package static func attention(packed stream: Tensor, offsets: Tensor, longest: Int) -> Tensor {
    let (heads, width) = (stream.size(2), stream.size(3))
    return Operator.flashAttention
      .call(arguments(stream, offsets: offsets, longest: longest), expecting: flashResults)[0]
      .reshaped([-1, heads * width])
  }

  /// The output, and what the way back needs.
  private static let flashResults = 5

  private static func arguments(_ stream: Tensor, offsets: Tensor, longest: Int) -> [Argument] {
    let parts = stream.permuted([1, 0, 2, 3]).unbound()  // 3 × [tokens, heads, width]
    return parts.map(Argument.tensor) + [
      .tensor(offsets), .tensor(offsets), .integer(longest), .integer(longest), .real(0), .boolean(false),
      .boolean(false),
    ]
  }

  /// The difference, on a small example, from what products give; nil where the operator fails.
  fileprivate static func packedAttentionDifference(on device: Device) -> Double? {
    withoutGradients {
      let lengths = [3, 5]
      let stream = Tensor.normal([8, 3, 2, 32], on: device).to(.bfloat16)
      let offsets = Tensor([0, 3, 8] as [Int32]).to(device)
      guard
        let found = Operator.flashAttention.call(
          arguments(stream, offsets: offsets, longest: 5), expecting: flashResults, through: ct_operator_call)
      else { return nil }
      let parts = stream.to(.float32).permuted([1, 2, 0, 3]).unbound()  // 3 × [heads, tokens, width]
      let expected = zip([0, 3], lengths).map { start, length in
        let own = parts.map { $0.narrowed(1, start..<start + length) }
        let scores = (own[0] * (1 / 32.0.squareRoot())).matmul(own[1].transposed(-2, -1))
        return scores.softmax(along: -1).matmul(own[2]).transposed(0, 1)  // [length, heads, width]
      }
      return (found[0].to(.float32) - .concatenated(expected)).absolute().maximum().item
    }
  }
}

extension Device {
  /// Whether attention over a packed stream is computed by one operator here. libtorch has it for some generations of some
  /// devices: whether for this one is found out by trying it once.
  package var attendsPacked: Bool {
    guard isCUDA, Operator.flashAttention.isAvailable else { return false }
    return Self.attending.withLock { known in
      if let answer = known[name] { return answer }
      let answer = ignoringOutOfMemory {
        Tensor.packedAttentionDifference(on: self).map { $0 < 0.05 } ?? false
      }
      known[name] = answer
      return answer
    }
  }

  private static let attending = Mutex<[String: Bool]>([:])
}
