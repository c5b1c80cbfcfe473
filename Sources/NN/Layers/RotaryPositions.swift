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
  func callAsFunction(_ x: Tensor) -> Tensor { x.turned(cosine, sine) }

  /// `[sequences, heads, length, width]`
  func callAsFunction(heads x: Tensor) -> Tensor {
    let shape = [length, cosine.size(-1)]
    return x.turned(cosine.reshaped(shape), sine.reshaped(shape))
  }
}

/// Places in a sequence of text as such rotations: pairs of elements of a head are turned by `place / base^(2i / width)`, as in
/// RoFormer and, with one base for near and one for far, ModernBERT.
package struct RotaryPlaces {
  /// Cosine and sine of each element's angles, `[elements, 1, 1, width / 2]` float32.
  private let cosine: Tensor
  private let sine: Tensor

  /// - Parameter places: of each element in its sequence, `[elements]` int64.
  /// - Parameter width: of a head, even.
  package init(_ places: Tensor, width: Int, base: Double) {
    let frequencies = (0..<width / 2).map { 1 / Float(pow(base, Double(Float(2 * $0) / Float(width)))) }
    // Products of float32, as the models were trained with: far along a text others would be a thousandth away.
    let angles =
      places.to(.float32).reshaped([-1, 1, 1, 1])
      * Tensor.uploading(frequencies, shape: [1, 1, 1, width / 2], to: places.device)
    cosine = angles.cosine()
    sine = angles.sine()
  }

  /// `[elements, parts, heads, width]`
  func callAsFunction(_ x: Tensor) -> Tensor { x.turned(cosine, sine) }
}

extension Tensor {
  /// The second half of a head's elements, which are last, are the partners of the first.
  fileprivate func turned(_ cosine: Tensor, _ sine: Tensor) -> Tensor {
    let half = size(-1) / 2
    let parts = split([half, half], along: rank - 1)
    return Tensor.concatenated(
      [parts[0] * cosine - parts[1] * sine, parts[1] * cosine + parts[0] * sine], along: rank - 1
    ).to(type)
  }
}
