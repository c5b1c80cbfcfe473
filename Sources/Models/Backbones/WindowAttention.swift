import Foundation
import NN
import Torch

/// Attention among the patches of a window, with a bias for each head and distance (Swin).
struct WindowAttention {
  private let queryKeyValue: Linear
  private let output: Linear
  private let scores: Scores
  private let windows: Windows
  private let heads: Int
  /// Where in the table of distances each pair of a window's patches is, `[area * area]` int64.
  private let pairs: Tensor

  private enum Scores {
    /// The bias of each distance, `[(2 * window - 1)², heads]`.
    case products(bias: Tensor)
    /// What cosines are multiplied by, the logarithm of it, `[heads, 1, 1]`, and the biases' network.
    case cosines(scale: Tensor, bias: DistanceBias)
  }

  /// The largest factor of a cosine.
  private static let largestScale = log(100.0)

  init(_ scope: Scope, stage: Int, isShifted: Bool, _ configuration: SwinTransformer.Configuration) {
    let width = configuration.width(stage)
    heads = configuration.heads[stage]
    windows = Windows(
      side: configuration.side(stage), window: configuration.windowSize, isShifted: isShifted,
      on: scope.device)
    switch configuration.version {
    case .first:
      scores = .products(
        bias: scope.parameter(
          "relative_position_bias_table", shape: [windows.distances * windows.distances, heads],
          .truncatedNormal(deviation: 0.02)))
      queryKeyValue = Linear(scope["qkv"], inputs: width, outputs: 3 * width)
    case .second:
      scores = .cosines(
        scale: scope.inFullPrecision.parameter("logit_scale", shape: [heads, 1, 1], .constant(log(10))),
        bias: DistanceBias(
          scope["cpb_mlp"], heads: heads, window: windows.window,
          pretrained: configuration.pretrainedWindowSizes[stage]))
      queryKeyValue = Linear(
        scope["qkv"], queryBias: scope["q_bias"], valueBias: scope["v_bias"], inputs: width, outputs: width)
    }
    output = Linear(scope["proj"], inputs: width, outputs: width)
    pairs = windows.pairs(on: scope.device)
  }

  /// `[frames, side, side, width]` → the same.
  func callAsFunction(_ x: Tensor) -> Tensor {
    let (frames, width) = (x.size(0), x.size(3))
    let parts = queryKeyValue(windows.cut(x))  // [frames, windows, area, 3 * width]
      .reshaped([frames, windows.count, windows.area, 3, heads, width / heads])
      .permuted([3, 0, 1, 4, 2, 5]).unbound()  // 3 × [frames, windows, heads, area, width / heads]
    let attended = attend(parts[0], parts[1], parts[2])
      .transposed(2, 3).reshaped([frames, windows.count, windows.area, width])
    return output(windows.joined(attended))
  }

  private func attend(_ query: Tensor, _ key: Tensor, _ value: Tensor) -> Tensor {
    switch scores {
    case .products(let bias):
      let mask = windows.masked(table(bias)).to(query.type)
      return Tensor.attention(query: query, key: key, value: value, mask: mask)
    case .cosines(let scale, let bias):
      // A cosine times 100 would lose too much where elements have 8 bits.
      let cosines = query.unit.matmul(key.unit.transposed(-2, -1)).to(.float32)
      let factor = scale.clamped(atMost: Self.largestScale).exponential()
      let biases = windows.masked(table(bias()).sigmoid() * 16)
      return (cosines * factor + biases).softmax(along: -1).to(value.type).matmul(value)
    }
  }

  /// Of each distance and head `[distances², heads]` → of each head and pair of patches `[heads, area, area]`.
  private func table(_ distances: Tensor) -> Tensor {
    distances.gathered(pairs).reshaped([windows.area, windows.area, heads]).permuted([2, 0, 1])
  }
}

/// A small network from a distance to each head's bias, so that another size of windows has biases, too (Swin V2).
private struct DistanceBias {
  private let first: Linear
  private let second: Linear
  /// `[distances², 2]`
  private let distances: Tensor

  /// - Parameter pretrained: the size of the windows for which the weights were learnt; 0 where it is this one.
  init(_ scope: Scope, heads: Int, window: Int, pretrained: Int) {
    let scope = scope.inFullPrecision
    first = Linear(scope[0], inputs: 2, outputs: 512)
    second = Linear(scope[2], inputs: 512, outputs: heads, hasBias: false)
    let largest = Double(max((pretrained > 0 ? pretrained : window) - 1, 1))
    // From -8 to 8 where the window is that of the weights, on a scale that is logarithmic in either direction.
    let sides = (1 - window..<window).map { place -> Float in
      let distance = 8 * Double(place) / largest
      return Float((distance < 0 ? -1 : 1) * log2(abs(distance) + 1) / 3)
    }
    let pairs = sides.flatMap { row in sides.flatMap { [row, $0] } }
    distances = Tensor(pairs, shape: [sides.count * sides.count, 2]).to(scope.device)
  }

  /// `[distances², heads]` float32
  func callAsFunction() -> Tensor { second(first(distances).relu()) }
}

extension Tensor {
  /// Of length 1 along the last dimension.
  fileprivate var unit: Tensor { self / norm(along: -1).clamped(atLeast: 1e-12) }
}

/// How the patches of a frame fall into windows.
private struct Windows {
  /// Patches along one side of a window, and in it.
  let window: Int
  var area: Int { window * window }
  /// Windows of a frame.
  var count: Int { across * across }
  /// Of two patches of a window along one side, from one end to the other.
  var distances: Int { 2 * window - 1 }

  private let side: Int
  private let shift: Int
  /// Windows along one side.
  private let across: Int
  /// -100 where two patches of a window are no neighbours but came together by the shift, `[windows, 1, area, area]`.
  private let mask: Tensor?

  init(side: Int, window: Int, isShifted: Bool, on device: Device) {
    let isWhole = side <= window
    self.side = side
    self.window = isWhole ? side : window
    shift = isShifted && !isWhole ? window / 2 : 0
    across = (side + self.window - 1) / self.window
    mask = shift > 0 ? Self.mask(across: across, window: window, shift: shift).to(device) : nil
  }

  private static func mask(across: Int, window: Int, shift: Int) -> Tensor {
    let length = across * window
    // The last window of each side holds two regions: what belongs there, and what came in from the other end.
    let regions = (0..<length).map { $0 < length - window ? 0 : $0 < length - shift ? 1 : 2 }
    var values: [Float] = []
    for row in 0..<across {
      for column in 0..<across {
        let window = (0..<window * window).map { place in
          3 * regions[row * window + place / window] + regions[column * window + place % window]
        }
        for one in window { values += window.map { $0 == one ? 0 : -100 } }
      }
    }
    let area = window * window
    return Tensor(values, shape: [across * across, 1, area, area])
  }

  /// For each pair of patches of a window the number of their distance, `[area * area]` int64.
  func pairs(on device: Device) -> Tensor {
    let places = (0..<area).map { ($0 / window, $0 % window) }
    let numbers = places.flatMap { one in
      places.map { other in
        Int64((one.0 - other.0 + window - 1) * distances + one.1 - other.1 + window - 1)
      }
    }
    return Tensor(numbers, shape: [area * area]).to(device)
  }

  /// A bias of each head and pair `[heads, area, area]`, for each window where they differ.
  func masked(_ bias: Tensor) -> Tensor { mask.map { bias + $0.to(bias.type) } ?? bias }

  /// `[frames, side, side, width]` → `[frames, windows, area, width]`
  func cut(_ x: Tensor) -> Tensor {
    let (frames, width) = (x.size(0), x.size(3))
    let shifted = shift > 0 ? x.rolled(by: [-shift, -shift], along: [1, 2]) : x
    return shifted.padded(toSides: across * window, across * window)
      .reshaped([frames, across, window, across, window, width])
      .permuted([0, 1, 3, 2, 4, 5]).reshaped([frames, count, area, width])
  }

  /// The other way round.
  func joined(_ x: Tensor) -> Tensor {
    let (frames, width) = (x.size(0), x.size(3))
    let whole = x.reshaped([frames, across, across, window, window, width])
      .permuted([0, 1, 3, 2, 4, 5]).reshaped([frames, across * window, across * window, width])
      .narrowed(1, 0..<side).narrowed(2, 0..<side)
    return shift > 0 ? whole.rolled(by: [shift, shift], along: [1, 2]) : whole
  }
}
