package import Torch

/// Sequences of different lengths laid end to end in one stream `[tokens, …]`: no padding, hence no mask.
package struct PackedSequences {
  package let lengths: [Int]
  /// The place of each token in its own sequence, `[tokens]` int64.
  package let positions: Tensor
  /// The place of each sequence's first token in the stream, `[sequences]` int64.
  package let starts: Tensor
  /// The number of its sequence for each token, `[tokens]` int64.
  private let numbers: Tensor
  /// One over the length of each sequence, 1 for an empty one, `[sequences, 1]` float32.
  private let shares: Tensor

  /// Makes and uploads what a batch has planned ahead: for computations outside of a step.
  package init(lengths: [Int], on device: Device = .cpu) {
    var upload = Upload()
    let plan = Plan(lengths: lengths, in: &upload)
    self.init(plan, upload.send(to: device, computing: .float32))
  }

  package init(_ plan: Plan, _ sent: Upload.Sent) {
    lengths = plan.lengths
    positions = sent[plan.positions]
    starts = sent[plan.starts]
    numbers = sent[plan.numbers]
    shares = sent[plan.shares].reshaped([-1, 1])
  }

  package var tokens: Int { positions.size(0) }

  /// The mean over each sequence's tokens, `[tokens, width]` → `[sequences, width]` float32; a sequence without
  /// tokens gives zeros.
  package func mean(_ x: Tensor) -> Tensor {
    sum(x.to(.float32)) * shares
  }

  /// The mean over each sequence's tokens, weighed by a softmax of their scores; zeros where there are none.
  /// - Parameter scores: `[tokens, 1]`.
  /// - Returns: `[sequences, width]` float32.
  package func mean(_ x: Tensor, weightedBy scores: Tensor) -> Tensor {
    let scores = scores.to(.float32)
    // What is taken off all scores of a sequence changes no weight, so no gradient goes there.
    let greatest = maximum(scores.detached()).gathered(numbers)
    let weights = (scores - greatest).exponential()  // [tokens, 1]
    let sums = sum(weights).clamped(atLeast: 1e-30)
    return sum(x.to(.float32) * weights) / sums
  }

  /// The greatest of each channel over each sequence's tokens, `[tokens, width]` → `[sequences, width]` float32; zeros where
  /// there are none.
  package func maximum(_ x: Tensor) -> Tensor {
    let width = x.size(-1)
    return Tensor.zeros([lengths.count, width], on: x.device)
      .takingGreatest(of: x.to(.float32), at: numbers.reshaped([-1, 1]).expanded([tokens, width]))
  }

  /// Each sequence's first token, `[tokens, width]` → `[sequences, width]` float32; zeros where there is none.
  package func first(_ x: Tensor) -> Tensor {
    let isLater = positions.to(.float32).clamped(atMost: 1).reshaped([-1, 1])
    return sum(x.to(.float32) * (isLater * -1 + 1))
  }

  private func sum(_ x: Tensor) -> Tensor {
    Tensor.zeros([lengths.count, x.size(-1)], on: x.device).addingRows(x, at: numbers)
  }

  /// What is computed of the lengths ahead of the step.
  package struct Plan: Sendable {
    package let lengths: [Int]
    fileprivate let positions: Upload.Place<Int64>
    fileprivate let starts: Upload.Place<Int64>
    fileprivate let numbers: Upload.Place<Int64>
    fileprivate let shares: Upload.Place<Float>

    package init(lengths: [Int], in upload: inout Upload) {
      self.lengths = lengths
      positions = upload.add(lengths.lazy.flatMap { 0..<Int64($0) })
      starts = upload.add(Self.ranges(lengths).lazy.map { Int64($0.lowerBound) })
      numbers = upload.add(lengths.lazy.enumerated().flatMap { repeatElement(Int64($0), count: $1) })
      shares = upload.add(lengths.lazy.map { 1 / Float(max($0, 1)) })
    }

    /// Where each sequence lies in the stream.
    package static func ranges(_ lengths: [Int]) -> [Range<Int>] {
      var start = 0
      return lengths.map { length in
        defer { start += length }
        return start..<start + length
      }
    }
  }
}
