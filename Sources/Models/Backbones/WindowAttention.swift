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

  private enum Scores {
    /// The bias of each distance, `[(2 * window - 1)², heads]`.
    case products(bias: Tensor)
    /// What cosines are multiplied by, the logarithm of it, `[heads, 1, 1]`, and the biases' network.
    case cosines(scale: Tensor, bias: DistanceBias)
  }

  /// The largest factor of a cosine.
  private static let largestScale = log(100.0)

  /// - Parameter windows: those of the block's stage.
  init(_ scope: Scope, stage: Int, _ windows: Windows, _ configuration: SwinTransformer.Configuration) {
    let width = configuration.width(stage)
    heads = configuration.heads[stage]
    self.windows = windows
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
    distances.gathered(windows.pairs).reshaped([windows.area, windows.area, heads]).permuted([2, 0, 1])
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
