import ParityFixtures
import Testing
import Torch

@testable import NN

@Suite struct PackedSequencesTests {
  @Test("ranges lie end to end; each token knows its place in its sequence")
  func ranges() {
    let sequences = PackedSequences(lengths: [2, 0, 3])
    #expect(sequences.tokens == 5)
    #expect(PackedSequences.Plan.ranges(sequences.lengths) == [0..<2, 2..<2, 2..<5])
    #expect(sequences.positions.values() == [0, 1, 0, 1, 2] as [Int64])
    #expect(sequences.starts.values() == [0, 2, 2] as [Int64])
  }

  @Test("the mean is over each sequence's own tokens, in float32; one without tokens gives zeros, not NaN")
  func mean() {
    let x = Tensor([1, 10, 3, 30, 100, 2, 200, 4, 600, 6] as [Float], shape: [5, 2]).to(.bfloat16)
    let mean = PackedSequences(lengths: [2, 0, 3]).mean(x)
    #expect(mean.type == .float32)
    #expect(mean.shape == [3, 2])
    #expect(mean.values() == [2, 20, 0, 0, 300, 4] as [Float])
    let none = PackedSequences(lengths: [0, 0]).mean(.zeros([0, 2]))
    #expect(none.values() == [0, 0, 0, 0] as [Float])
  }

  @Test("maximum, first token and weighed mean are of each sequence's own tokens; zeros where there are none")
  func otherPoolings() {
    let x = Tensor([-1, -10, -3, -30, 100, 2, 200, 4, 600, -6] as [Float], shape: [5, 2]).to(.bfloat16)
    let sequences = PackedSequences(lengths: [2, 0, 3, 0])
    #expect(sequences.maximum(x).values() == [-1, -10, 0, 0, 600, 4, 0, 0] as [Float])
    #expect(sequences.first(x).values() == [-1, -10, 0, 0, 100, 2, 0, 0] as [Float])
    // Scores of any size: the softmax of equal ones is a mean, and a far greater one counts alone.
    let equal = sequences.mean(x, weightedBy: Tensor([7, 7, 3e4, 3e4, 3e4] as [Float]).reshaped([5, 1]))
    #expect(maximumDifference(equal, sequences.mean(x)) < 1e-4)
    let one = sequences.mean(x, weightedBy: Tensor([0, 200, -300, 0, -300] as [Float]).reshaped([5, 1]))
    #expect(one.values() == [-3, -30, 0, 0, 200, 4, 0, 0] as [Float])
    let none = PackedSequences(lengths: [0, 0])
    for pooled in [none.maximum(.zeros([0, 2])), none.first(.zeros([0, 2]))] {
      #expect(pooled.values() == [0, 0, 0, 0] as [Float])
    }
  }

  @Test("a weighed mean's gradient is that of the softmax written out")
  func weighedGradient() {
    let (scores, x) = (Tensor([1, 3, 2] as [Float]).reshaped([3, 1]), Tensor.normal([3, 2]))
    scores.requiresGradient = true
    let probe = Tensor.normal([1, 2])
    let packed = PackedSequences(lengths: [3]).mean(x, weightedBy: scores)
    let plain = scores.softmax(along: 0).transposed(0, 1).matmul(x)
    let found = (packed * probe).sum().gradients(of: [scores])[0]
    let wanted = (plain * probe).sum().gradients(of: [scores])[0]
    #expect(maximumDifference(found ?? .zeros([3, 1]), wanted ?? .ones([3, 1])) < 1e-6)
  }

  @Test("the mean's gradient reaches each token once, divided by its sequence's length")
  func gradient() {
    let x = Tensor.ones([3, 1])
    x.requiresGradient = true
    PackedSequences(lengths: [1, 0, 2]).mean(x).sum().backward()
    #expect(x.gradient?.values() == [1, 0.5, 0.5] as [Float])
  }
}

@Suite struct PackedAttentionTests {
  private typealias Inputs = (query: Tensor, key: Tensor, value: Tensor)

  private func inputs(tokens: Int) -> Inputs {
    func draw() -> Tensor { .normal([tokens, 3, 4]) }
    return (draw(), draw(), draw())
  }

  /// → `[tokens, heads, width]`
  private func attend(_ inputs: Inputs, _ lengths: [Int]) -> Tensor {
    let stream = Tensor.stacked([inputs.query, inputs.key, inputs.value], along: 1)
    var upload = Upload()
    let plan = PackedAttention.Plan(lengths: lengths, in: &upload)
    let attention = PackedAttention(plan, upload.send(to: stream.device, computing: stream.type))
    return attention(stream).reshaped(inputs.query.shape)
  }

  /// The formula on a padded batch: keys in the padding get a score of -1e9.
  private func padded(_ inputs: Inputs, _ lengths: [Int]) -> Tensor {
    let size = lengths.max() ?? 0
    func rows(_ x: Tensor) -> Tensor {  // [sequences, heads, size, width]
      .stacked(
        zip(PackedSequences.Plan.ranges(lengths), lengths).map { range, length in
          .concatenated([x.narrowed(0, range), .full([size - length, 3, 4], 5)])
        }
      ).transposed(1, 2)
    }
    let mask = Tensor(
      lengths.flatMap { length in (0..<size).map { $0 < length ? 0 : -1e9 as Float } },
      shape: [lengths.count, 1, 1, size])
    let scores = rows(inputs.query).matmul(rows(inputs.key).transposed(-2, -1)) * 0.5 + mask
    let attended = scores.softmax(along: -1).matmul(rows(inputs.value)).transposed(1, 2)
    return .concatenated(lengths.enumerated().map { attended.selected(0, $0).narrowed(0, 0..<$1) })
  }

  @Test(
    "packed equals padded and masked attention to 1e-5",
    arguments: [[5, 2, 7, 1], [7, 6, 2, 6], [4, 4, 4], [3], [6, 0, 2], [1, 1]])
  func parity(lengths: [Int]) {
    let inputs = inputs(tokens: lengths.reduce(0, +))
    let packed = attend(inputs, lengths)
    #expect(packed.shape == inputs.query.shape)
    #expect(maximumDifference(packed, padded(inputs, lengths)) <= 1e-5)
  }

  @Test("sequences computed as a batch give what each gives alone")
  func uniform() {
    let inputs = inputs(tokens: 12)
    let together = attend(inputs, [4, 4, 4])
    for start in [0, 4, 8] {
      func part(_ x: Tensor) -> Tensor { x.narrowed(0, start..<start + 4) }
      let alone = attend((part(inputs.query), part(inputs.key), part(inputs.value)), [4])
      #expect(maximumDifference(alone, part(together)) <= 1e-5)
    }
  }

  @Test(
    "a change in one sequence changes nothing in the others", arguments: [[3, 5, 2], [8, 7, 6], [3, 3, 3]])
  func independence(lengths: [Int]) {
    let inputs = inputs(tokens: lengths.reduce(0, +))
    let before = attend(inputs, lengths)
    let middle = PackedSequences.Plan.ranges(lengths)[1]
    for x in [inputs.query, inputs.key, inputs.value] {
      x.narrowed(0, middle).copy(from: .full([middle.count, 3, 4], .nan))
    }
    let after = attend(inputs, lengths)
    for range in [0..<middle.lowerBound, middle.upperBound..<before.size(0)] {
      #expect(maximumDifference(before.narrowed(0, range), after.narrowed(0, range)) <= 1e-6)
    }
    #expect(!after.narrowed(0, middle).isFinite)
  }

  /// The formula on each sequence alone, with what a pair does not see at -1e9.
  private func alone(
    _ inputs: Inputs, _ lengths: [Int], sees: (_ query: Int, _ key: Int) -> Bool
  ) -> Tensor {
    .concatenated(
      PackedSequences.Plan.ranges(lengths).map { range in
        func rows(_ x: Tensor) -> Tensor { x.narrowed(0, range).transposed(0, 1) }  // [heads, length, width]
        let mask = Tensor(
          range.flatMap { query in range.map { sees(query, $0) ? 0 : -1e9 as Float } },
          shape: [1, range.count, range.count])
        let scores = rows(inputs.query).matmul(rows(inputs.key).transposed(-2, -1)) * 0.5 + mask
        return scores.softmax(along: -1).matmul(rows(inputs.value)).transposed(0, 1)
      })
  }

  private func attention(_ lengths: [Int]) -> PackedAttention {
    var upload = Upload()
    let plan = PackedAttention.Plan(lengths: lengths, in: &upload)
    return PackedAttention(plan, upload.send(to: .cpu, computing: .float32))
  }

  @Test(
    "elements further apart than a window do not see each other, unless one of them is spared",
    arguments: [[7, 6, 2, 6], [4, 4], [9], [1, 3]], [1, 2, 20])
  func window(lengths: [Int], distance: Int) {
    let count = lengths.reduce(0, +)
    let inputs = inputs(tokens: count)
    let stream = Tensor.stacked([inputs.query, inputs.key, inputs.value], along: 1)
    let spared = (0..<count).map { $0 % 4 == 1 }
    let marks = Tensor(spared.map { $0 ? 1 as Float : 0 })
    for isSparing in [false, true] {
      let pattern = attention(lengths).within(distance, sparing: isSparing ? marks : nil, on: .cpu)
      let wanted = alone(inputs, lengths) {
        abs($0 - $1) <= distance || isSparing && (spared[$0] || spared[$1])
      }
      #expect(maximumDifference(pattern(stream).reshaped(wanted.shape), wanted) <= 1e-5)
    }
  }

  @Test("elements of one kind see those of the other alone", arguments: [[7, 6, 2, 6], [4, 4], [9]])
  func across(lengths: [Int]) {
    let count = lengths.reduce(0, +)
    let inputs = inputs(tokens: count)
    let stream = Tensor.stacked([inputs.query, inputs.key, inputs.value], along: 1)
    let kinds = (0..<count).map { $0 % 2 }
    let pattern = attention(lengths).across(Tensor(kinds.map(Float.init)))
    let wanted = alone(inputs, lengths) { kinds[$0] != kinds[$1] }
    #expect(maximumDifference(pattern(stream).reshaped(wanted.shape), wanted) <= 1e-5)
  }

  @Test(
    "what hides pairs is a finite number in every type in which layers compute",
    arguments: DataType.allCases.filter(\.isFloatingPoint))
  func hiding(type: DataType) throws {
    // The second sequence has one kind alone: of what its elements see, nothing is left.
    let pattern = attention([4, 4]).across(Tensor([0, 1, 0, 1, 1, 1, 1, 1] as [Float]))
    let mask = try #require(pattern.groups[0].mask).to(type)
    #expect(mask.isFinite && pattern.offsets == nil)
    #expect(mask.to(.float32).exponential().maximum().item == 1)
    #expect(mask.narrowed(0, 1..<2).to(.float32).exponential().maximum().item == 0)
  }

  @Test("sequences without a single element give nothing")
  func nothing() {
    #expect(attention([0, 0])(.zeros([0, 3, 2, 4])).shape == [0, 8])
  }

  @Test("all that a batch sends is one array of whole numbers and one of reals")
  func uploads() async {
    await #expect(processExitsWith: .success) {
      var upload = Upload()
      let plans = [[3, 1, 4], [2, 2]].map { lengths in
        (
          PackedSequences.Plan(lengths: lengths, in: &upload),
          PackedAttention.Plan(lengths: lengths, in: &upload)
        )
      }
      let counts = OperatorTally.counting {
        let sent = upload.send(to: .cpu, computing: .bfloat16)
        for (sequences, attention) in plans {
          _ = PackedSequences(sequences, sent)
          _ = PackedAttention(attention, sent)
        }
      }
      #expect(counts[OperatorTally.upload] == 2)
    }
  }
}
