package import Torch

/// Which tokens of a packed stream see each other: those of the same sequence.
///
/// Sequences of similar length are computed together, the shorter ones filled up to the longest of their group and the
/// filling masked. So a few large products replace two small ones for each sequence, which would cost more in calls than
/// in arithmetic, and little is computed for nothing.
package struct PackedAttention {
  /// Sequences that are computed together.
  struct Group {
    let count: Int
    /// Of the longest.
    let length: Int
    /// The tokens of its sequences in the stream, `[count * length]` int64; filling repeats a sequence's first token.
    /// nil where the group is the stream.
    let rows: Tensor?
    /// Added to scores, `[count, 1, 1 or length, length]`: 0, -∞ on filling, and so little that nothing is seen on pairs that
    /// do not see each other; nil where all do.
    var mask: Tensor?

    /// `[elements]` of the stream → `[count, 1, length]`.
    func laid(_ marks: Tensor) -> Tensor {
      (rows.map { marks.gathered($0) } ?? marks).reshaped([count, 1, length])
    }
  }

  var groups: [Group]
  /// Where in the stream each sequence begins that has tokens, and where the last one ends, `[sequences + 1]` int32; nil where
  /// the device computes groups, and where not all of a sequence see each other.
  var offsets: Tensor?
  /// Where in the groups, laid end to end, each token of the stream is; nil where the stream is one group.
  private let places: Tensor?

  package init(_ plan: Plan, _ sent: Upload.Sent) {
    groups = plan.groups.map { group in
      Group(
        count: group.count, length: group.length, rows: sent[group.rows],
        mask: group.mask.map { sent.computing($0).reshaped([group.count, 1, 1, group.length]) })
    }
    places = sent[plan.places]
    let offsets = sent[plan.offsets]
    self.offsets = offsets.device.attendsPacked ? offsets.to(.int32) : nil
  }

  /// Sequences of one length.
  package init(sequences: Int, length: Int) {
    groups = [Group(count: sequences, length: length, rows: nil, mask: nil)]
    places = nil
    offsets = nil
  }

  /// Tokens of the longest sequence.
  package var longest: Int { groups.map(\.length).max() ?? 0 }

  /// Queries, keys and values `[tokens, 3, heads, width]` → `[tokens, heads * width]`.
  /// - Parameter scoring: of queries and keys `[sequences, heads, length, width]`, in which a token's place in its sequence is
  ///   that in the third dimension: the queries that are used in their place, and what is added to the scores,
  ///   `[sequences, heads, length, length]`.
  package func callAsFunction(
    _ stream: Tensor, scoring: ((_ query: Tensor, _ key: Tensor) -> (query: Tensor, added: Tensor))? = nil
  ) -> Tensor {
    let (heads, width) = (stream.size(2), stream.size(3))
    guard !groups.isEmpty else { return stream.selected(1, 2).reshaped([0, heads * width]) }
    if let offsets, scoring == nil, Tensor.canAttendPacked(stream) {
      return Tensor.attention(packed: stream, offsets: offsets, longest: longest)
    }
    let attended = groups.map { group in
      let parts = (group.rows.map { stream.gathered($0) } ?? stream)
        .reshaped([group.count, group.length, 3, heads, width])
        .permuted([2, 0, 3, 1, 4]).unbound()  // 3 × [sequences, heads, length, width]
      var (query, mask) = (parts[0], group.mask?.to(stream.type))
      if let scoring {
        let scored = scoring(parts[0], parts[1])
        (query, mask) = (scored.query, mask.map { scored.added + $0 } ?? scored.added)
      }
      return Tensor.attention(query: query, key: parts[1], value: parts[2], mask: mask)
        .transposed(1, 2).reshaped([-1, heads * width])  // [sequences * length, heads * width]
    }
    guard let places else { return attended[0] }
    return Tensor.concatenated(attended).gathered(places)
  }

  /// What is computed of the lengths ahead of the step.
  package struct Plan: Sendable {
    fileprivate struct Group: Sendable {
      let count: Int
      let length: Int
      let rows: Upload.Place<Int64>
      let mask: Upload.Place<Float>?
    }

    /// A group's shortest sequence has at least this part of its longest one's tokens.
    private static let similarity = 0.75

    fileprivate let groups: [Group]
    fileprivate let places: Upload.Place<Int64>
    fileprivate let offsets: Upload.Place<Int64>

    package init(lengths: [Int], in upload: inout Upload) {
      let ranges = PackedSequences.Plan.ranges(lengths)
      var groups: [Group] = []
      var places = [Int64](repeating: 0, count: lengths.reduce(0, +))
      var start = 0
      for members in Self.grouped(ranges) {
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
        let isFilled = members.contains { $0.count < length }
        groups.append(
          Group(
            count: members.count, length: length, rows: upload.add(rows),
            mask: isFilled ? upload.add(mask) : nil))
      }
      self.groups = groups
      self.places = upload.add(places)
      offsets = upload.add([0] + ranges.lazy.filter { !$0.isEmpty }.map { Int64($0.upperBound) })
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
  }
}
