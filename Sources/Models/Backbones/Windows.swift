import Torch

/// The windows of a stage's blocks: every other one of these lays them elsewhere. All blocks of a stage share the tables, which
/// are larger than their weights.
struct StageWindows {
  private let plain: Windows
  private let shifted: Windows

  init(stage: Int, _ configuration: SwinTransformer.Configuration, on device: Device) {
    let side = configuration.side(stage)
    let window = configuration.window(stage)
    let pairs = Windows.pairs(window).to(device)
    plain = Windows(side: side, window: window, pairs: pairs)
    shifted =
      configuration.depths[stage] > 1 && side > window
      ? plain.shifted(configuration.version, as: configuration.shifting, on: device) : plain
  }

  /// Of the block with this number.
  subscript(block: Int) -> Windows { block.isMultiple(of: 2) ? plain : shifted }
}

/// How the patches of a frame fall into windows.
struct Windows {
  /// Patches along one side of a window, and in it.
  let window: Int
  var area: Int { window * window }
  /// Windows of a frame.
  var count: Int { across * across }
  /// Of two patches of a window along one side, from one end to the other.
  var distances: Int { 2 * window - 1 }
  /// For each pair of patches of a window the number of their distance, `[area * area]` int64.
  let pairs: Tensor

  private let side: Int
  /// Windows along one side.
  private let across: Int
  private var shift = 0
  private var padsFirst = false
  /// Negative where two patches of a window are no neighbours but came together by the shift, `[windows, 1, area, area]`.
  private var mask: Tensor?

  init(side: Int, window: Int, pairs: Tensor) {
    (self.side, self.window, self.pairs) = (side, window, pairs)
    across = (side + window - 1) / window
  }

  /// The same, laid half a window further down and right.
  func shifted(
    _ version: SwinTransformer.Configuration.Version, as shifting: SwinTransformer.Configuration.Shifting,
    on device: Device
  ) -> Windows {
    var shifted = self
    shifted.shift = window / 2
    guard shifted.shift > 0 else { return self }
    shifted.padsFirst = shifting == .transformers
    // That of transformers adds it twice in its second version.
    let value: Float = shifting == .transformers && version == .second ? -200 : -100
    shifted.mask = Self.mask(across: across, window: window, shift: shifted.shift, value).to(device)
    return shifted
  }

  private static func mask(across: Int, window: Int, shift: Int, _ value: Float) -> Tensor {
    let length = across * window
    // The last window of each side holds two regions: what belongs there, and what came in from the other end.
    let regions = (0..<length).map { $0 < length - window ? 0 : $0 < length - shift ? 1 : 2 }
    let area = window * window
    var values: [Float] = []
    values.reserveCapacity(across * across * area * area)
    for row in 0..<across {
      for column in 0..<across {
        let window = (0..<area).map { place in
          3 * regions[row * window + place / window] + regions[column * window + place % window]
        }
        for one in window { for other in window { values.append(other == one ? 0 : value) } }
      }
    }
    return Tensor(values, shape: [across * across, 1, area, area])
  }

  /// For `pairs`, of windows of this side.
  static func pairs(_ window: Int) -> Tensor {
    let places = (0..<window * window).map { ($0 / window, $0 % window) }
    var numbers: [Int64] = []
    numbers.reserveCapacity(places.count * places.count)
    for one in places {
      for other in places {
        let (row, column) = (one.0 - other.0 + window - 1, one.1 - other.1 + window - 1)
        numbers.append(Int64(row * (2 * window - 1) + column))
      }
    }
    return Tensor(numbers, shape: [numbers.count])
  }

  /// A bias of each head and pair `[heads, area, area]`, for each window where they differ.
  func masked(_ bias: Tensor) -> Tensor { mask.map { bias + $0.to(bias.type) } ?? bias }

  /// `[frames, side, side, width]` → `[frames, windows, area, width]`
  func cut(_ x: Tensor) -> Tensor {
    let (frames, width) = (x.size(0), x.size(3))
    return (padsFirst ? rolled(padded(x), by: -shift) : padded(rolled(x, by: -shift)))
      .reshaped([frames, across, window, across, window, width])
      .permuted([0, 1, 3, 2, 4, 5]).reshaped([frames, count, area, width])
  }

  /// The other way round.
  func joined(_ x: Tensor) -> Tensor {
    let (frames, width) = (x.size(0), x.size(3))
    let whole = x.reshaped([frames, across, across, window, window, width])
      .permuted([0, 1, 3, 2, 4, 5]).reshaped([frames, across * window, across * window, width])
    return padsFirst ? cropped(rolled(whole, by: shift)) : rolled(cropped(whole), by: shift)
  }

  private func rolled(_ x: Tensor, by shift: Int) -> Tensor {
    shift == 0 ? x : x.rolled(by: [shift, shift], along: [1, 2])
  }

  private func padded(_ x: Tensor) -> Tensor { x.padded(toSides: across * window, across * window) }
  private func cropped(_ x: Tensor) -> Tensor { x.narrowed(1, 0..<side).narrowed(2, 0..<side) }
}
