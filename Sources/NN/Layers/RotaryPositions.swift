import Foundation
package import Torch

/// Positions of patches as rotations of queries and keys (Su et al., 2021), in two dimensions as DINOv3 has them: the place
/// of a patch's middle, from -1 to 1 along each side, turns pairs of elements by one angle for each of several periods.
///
/// Scores then depend on how far patches lie apart, and any size of the input has positions.
package struct RotaryPositions {
  /// Cosine and sine of each token's angles, `[length, 1, 1, width / 2]` float32; tokens before the patches are not turned.
  private let cosine: Tensor
  private let sine: Tensor

  /// - Parameter grid: patches along one side.
  /// - Parameter width: of a head, a multiple of 4.
  /// - Parameter prefix: tokens before those of the patches.
  /// - Parameter base: periods go from 1 to almost this, in equal ratios.
  package init(grid: Int, width: Int, prefix: Int, base: Double = 100, on device: Device) {
    let count = width / 4
    let periods = (0..<count).map { pow(base, Double($0) / Double(count)) }
    let places = (0..<grid).map { 2 * (Double($0) + 0.5) / Double(grid) - 1 }
    var angles = [Double](repeating: 0, count: prefix * 2 * count)
    for row in places {
      for column in places {
        angles += (periods.map { row / $0 } + periods.map { column / $0 }).map { 2 * .pi * $0 }
      }
    }
    let shape = [prefix + grid * grid, 1, 1, 2 * count]
    cosine = Tensor(angles.map { Float(cos($0)) }, shape: shape).to(device)
    sine = Tensor(angles.map { Float(sin($0)) }, shape: shape).to(device)
  }

  /// Tokens of a sequence.
  var length: Int { cosine.size(0) }

  /// `[sequences, length, parts, heads, width]`
  func callAsFunction(_ x: Tensor) -> Tensor { turned(x, cosine, sine) }

  /// `[sequences, heads, length, width]`
  func callAsFunction(heads x: Tensor) -> Tensor {
    let shape = [length, cosine.size(-1)]
    return turned(x, cosine.reshaped(shape), sine.reshaped(shape))
  }

  /// The second half of a head's elements are the partners of the first.
  private func turned(_ x: Tensor, _ cosine: Tensor, _ sine: Tensor) -> Tensor {
    let half = x.size(-1) / 2
    let parts = x.split([half, half], along: x.rank - 1)
    return Tensor.concatenated(
      [parts[0] * cosine - parts[1] * sine, parts[1] * cosine + parts[0] * sine], along: x.rank - 1
    ).to(x.type)
  }
}
