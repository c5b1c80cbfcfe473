package import Torch

/// Sequences of different lengths laid end to end in one stream `[tokens, …]`: no padding, hence no mask.
package struct PackedSequences {
  package let lengths: [Int]

  package init(lengths: [Int]) { self.lengths = lengths }

  package var tokens: Int { lengths.reduce(0, +) }

  /// Where each sequence lies in the stream.
  package var ranges: [Range<Int>] {
    var start = 0
    return lengths.map { length in
      defer { start += length }
      return start..<start + length
    }
  }

  /// The number of its sequence for each token, `[tokens]` int64.
  package func sequenceNumbers(on device: Device) -> Tensor {
    Tensor(lengths.enumerated().flatMap { Array(repeating: Int64($0), count: $1) }).to(device)
  }

  /// The mean over each sequence's tokens, `[tokens, width]` → `[sequences, width]` float32; a sequence without
  /// tokens gives zeros.
  package func mean(_ x: Tensor) -> Tensor {
    let device = x.device
    let sums = Tensor.zeros([lengths.count, x.size(-1)], on: device)
      .addingRows(x.to(.float32), at: sequenceNumbers(on: device))
    let counts = Tensor(lengths.map { Float(max($0, 1)) }, shape: [lengths.count, 1]).to(device)
    return sums / counts
  }
}
