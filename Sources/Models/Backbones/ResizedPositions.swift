import Foundation
package import SystemPackage
package import Torch

/// A checkpoint whose tables of positions are those of another size of the input than the configuration's: each is resampled
/// as its publisher does. All other tensors are the file's own.
///
/// - ViT and its family: a vector for each patch, bicubic in both directions.
/// - Swin: a bias for each distance in a window, where a window cannot be as large as it was, bilinear between distances that
///   grow by a constant ratio, as timm does.
///
/// What has no table (convolutions, rotary positions, Swin V2) takes any size as it is.
package final class ResizedPositions: TensorFile {
  private let file: any TensorFile
  private let configuration: BackboneConfiguration
  private let antialias: Bool

  /// - Parameter file: with names as `configuration`'s model has them, under any prefix.
  /// - Parameter antialias: whether a smaller grid takes means over what a place covers: timm does, and Hugging Face for
  ///   DINOv2 with registers; Hugging Face does not for ViT, CLIP, SigLIP and DINOv2 without.
  package init(_ file: any TensorFile, for configuration: BackboneConfiguration, antialias: Bool) {
    self.file = file
    self.configuration = configuration
    self.antialias = antialias
  }

  package var path: FilePath { file.path }
  package var names: [String] { file.names }
  package func spelling(of name: String) -> String { file.spelling(of: name) }

  package func shape(of name: String) -> [Int]? {
    guard let shape = file.shape(of: name) else { return nil }
    return table(name, shape)?.resizedShape ?? shape
  }

  package func tensor(_ name: String) throws -> Tensor {
    let tensor = try file.weight(name)
    return table(name, tensor.shape)?.resized(tensor.to(.float32)) ?? tensor
  }

  /// What has to be done with a tensor; nil where it is no table, one of the right size, or none that is square.
  private func table(_ name: String, _ shape: [Int]) -> Table? {
    switch configuration {
    case .vit(let vit):
      guard Self.isCalled("pos_embed", name), shape.count == 3, shape[0] == 1, vit.positions != .rotary else {
        return nil
      }
      let prefix = vit.positions == .tokens ? vit.prefix : 0
      return Table(
        rows: shape[1], width: shape[2], prefix: prefix, side: vit.grid, rule: .bicubic(antialias: antialias))
    case .swin(let swin):
      guard Self.isCalled("relative_position_bias_table", name), shape.count == 2,
        let stage = Self.stage(of: name), 0..<4 ~= stage
      else { return nil }
      return Table(
        rows: shape[0], width: shape[1], prefix: 0, side: 2 * swin.window(stage) - 1, rule: .geometric)
    case .resNet, .efficientNet, .resNeSt, .convNeXt: return nil
    // Each of the two has a file of its own.
    case .pair: return nil
    }
  }

  private static func isCalled(_ name: String, _ path: String) -> Bool {
    path == name || path.hasSuffix("." + name)
  }

  /// `layers.2.blocks.0.attn.relative_position_bias_table` → 2
  private static func stage(of name: String) -> Int? {
    let path = name.split(separator: ".")
    guard let layers = path.lastIndex(of: "layers"), layers + 1 < path.count else { return nil }
    return Int(path[layers + 1])
  }
}

/// A square table of vectors behind some that stand for no place, and the size that it has to get.
private struct Table {
  enum Rule {
    case bicubic(antialias: Bool)
    case geometric
  }

  let width: Int
  let prefix: Int
  /// Along one side, before and after.
  let (from, to): (Int, Int)
  let rule: Rule

  init?(rows: Int, width: Int, prefix: Int, side: Int, rule: Rule) {
    let from = Int(Double(max(0, rows - prefix)).squareRoot().rounded())
    guard from > 0, prefix + from * from == rows, from != side else { return nil }
    (self.width, self.prefix, self.from, to, self.rule) = (width, prefix, from, side, rule)
  }

  var resizedShape: [Int] {
    switch rule {
    case .bicubic: [1, prefix + to * to, width]
    case .geometric: [to * to, width]
    }
  }

  /// - Parameter table: float32.
  func resized(_ table: Tensor) -> Tensor {
    withoutGradients {
      switch rule {
      case .bicubic(let antialias):
        let parts = table.split([prefix, from * from], along: 1)
        let grid = parts[1].reshaped([1, from, from, width]).permuted([0, 3, 1, 2])
          .resampledBicubic(height: to, width: to, antialias: antialias)
          .permuted([0, 2, 3, 1]).reshaped([1, to * to, width])
        return .concatenated([parts[0], grid], along: 1)
      case .geometric:
        // Rows of the weights are where each new place lies between the old ones.
        let weights = Tensor(Self.weights(from: from, to: to), shape: [to, from])
        let rows = weights.matmul(table.reshaped([from, from * width]))  // [to, from * width]
        return weights.matmul(rows.reshaped([to, from, width])).reshaped([to * to, width])
      }
    }
  }

  /// What each old place along one side gives to each new one, `to` rows of `from`: old places lie at distances that grow by
  /// a ratio which makes them end where the new ones do, new places lie one apart.
  private static func weights(from: Int, to: Int) -> [Float] {
    let half = from / 2
    var (low, high) = (1.01, 1.5)
    var ratio = low
    while high - low > 1e-6 {
      ratio = (low + high) / 2
      if (1 - pow(ratio, Double(half))) / (1 - ratio) > Double(to / 2) { high = ratio } else { low = ratio }
    }
    var distances: [Double] = []
    var reached = 1.0
    for step in 0..<half {
      distances.append(reached)
      reached += pow(ratio, Double(step + 1))
    }
    let old = distances.reversed().map { -$0 } + [0] + distances
    return (0..<to).flatMap { place -> [Float] in
      let position = Double(place - to / 2)
      let after = min(max(old.firstIndex { $0 >= position } ?? from, 1), from - 1)
      var row = [Float](repeating: 0, count: from)
      let part = min(max((position - old[after - 1]) / (old[after] - old[after - 1]), 0), 1)
      row[after - 1] = Float(1 - part)
      row[after] = Float(part)
      return row
    }
  }
}
