package import Torch

/// Multi-head attention in which every token of a packed stream sees its own sequence and nothing else.
///
/// Sequences of similar length are computed together, the shorter ones filled up to the longest of their group and the
/// filling masked. So a few large products replace two small ones for each sequence, which would cost more in waking
/// threads than in arithmetic, and little is computed for nothing.
package struct PackedAttention {
  /// Sequences that are computed together.
  private struct Group {
    let count: Int
    /// Of the longest.
    let length: Int
    /// The tokens of its sequences in the stream, `[count * length]` int64; filling repeats a sequence's first token.
    let rows: Tensor
    /// 0, and -∞ on filling, `[count, 1, 1, length]`; nil where there is no filling.
    let mask: Tensor?
  }

  /// A group's shortest sequence has at least this part of its longest one's tokens.
  private static let similarity = 0.75

  private let sequences: PackedSequences
  private let groups: [Group]
  /// Where in the groups, laid end to end, each token of the stream is.
  private let places: Tensor

  /// - Parameter type: of the queries, keys and values to come.
  package init(_ sequences: PackedSequences, type: DataType, on device: Device) {
    self.sequences = sequences
    var groups: [Group] = []
    var places = [Int64](repeating: 0, count: sequences.tokens)
    var start = 0
    for members in Self.grouped(sequences.ranges) {
      let length = members[0].count
      var rows: [Int64] = []
      var mask: [Float] = []
      for (number, range) in members.enumerated() {
        for place in 0..<length {
          let isFilling = place >= range.count
          rows.append(Int64(range.lowerBound + (isFilling ? 0 : place)))
          mask.append(isFilling ? -.infinity : 0)
          if !isFilling { places[range.lowerBound + place] = Int64(start + number * length + place) }
        }
      }
      start += rows.count
      groups.append(
        Group(
          count: members.count, length: length, rows: Tensor(rows).to(device),
          mask: mask.allSatisfy { $0 == 0 }
            ? nil : Tensor(mask, shape: [members.count, 1, 1, length]).to(device).to(type)))
    }
    self.groups = groups
    self.places = Tensor(places).to(device)
  }

  /// Sequences that have tokens, longest first, similar ones together.
  private static func grouped(_ ranges: [Range<Int>]) -> [[Range<Int>]] {
    let ordered = ranges.filter { !$0.isEmpty }.sorted {
      ($1.count, $0.lowerBound) < ($0.count, $1.lowerBound)
    }
    return ordered.reduce(into: []) { groups, range in
      if let longest = groups.last?.first?.count, Double(range.count) >= similarity * Double(longest) {
        groups[groups.count - 1].append(range)
      } else {
        groups.append([range])
      }
    }
  }

  /// Queries, keys and values `[tokens, 3, heads, width]` → `[tokens, heads * width]`.
  package func callAsFunction(_ stream: Tensor) -> Tensor {
    let (heads, width) = (stream.size(2), stream.size(3))
    let attended = groups.map { group in
      let parts = stream.gathered(group.rows)
        .reshaped([group.count, group.length, 3, heads, width])
        .permuted([2, 0, 3, 1, 4])  // [3, sequences, heads, length, width]
      return Tensor.attention(
        query: parts.selected(0, 0), key: parts.selected(0, 1), value: parts.selected(0, 2), mask: group.mask
      )
      .transposed(1, 2).reshaped([-1, heads * width])  // [sequences * length, heads * width]
    }
    return Tensor.concatenated(attended).gathered(places)
  }
}
