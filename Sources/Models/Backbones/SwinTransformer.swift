package import NN
import Storage
package import Torch

/// Swin (Liu et al., 2021) and Swin V2 (Liu et al., 2022) with timm's names and numerics (`timm.models.swin_transformer`,
/// `swin_transformer_v2`), shifted windows also with those of `transformers.SwinModel` and `Swinv2Model`; the vector of a frame
/// is the mean over the places of the last stage.
///
/// Patches see those of their window; every other block lays the windows elsewhere. timm's files may hold
/// `relative_position_index`, `attn_mask` and `relative_coords_table`, which follow from the configuration and are not read.
/// The authors' files number `downsample` with the stage before. Hugging Face has queries, keys and values apart, and
/// calls the norms `layernorm_before` and `layernorm_after`.
package struct SwinTransformer: Backbone {
  private let patchEmbedding: Convolution2D
  private let patchNorm: LayerNorm
  private let stages: [Stage]
  private let norm: LayerNorm

  package init(_ scope: Scope, _ configuration: Configuration) {
    let epsilon = configuration.normEpsilon
    patchEmbedding = Convolution2D(
      scope["patch_embed.proj"], inputs: 3, outputs: configuration.width(0), size: configuration.patchSize,
      stride: configuration.patchSize)
    patchNorm = LayerNorm(scope["patch_embed.norm"], width: configuration.width(0), epsilon: epsilon)
    stages = (0..<4).map { Stage(scope["layers"][$0], number: $0, configuration) }
    norm = LayerNorm(scope["norm"], width: configuration.vectorSize, epsilon: epsilon)
  }

  package func callAsFunction(_ frames: Tensor, _ mode: Mode) -> Tensor {
    let patches = patchNorm(patchEmbedding(frames).permuted([0, 2, 3, 1]))  // [frames, side, side, width]
    let last = stages.reduce(patches) { $1($0) }  // [frames, side / 8, side / 8, 8 * width]
    return norm(last).mean(along: 1, 2)  // [frames, 8 * width]
  }

  private struct Stage {
    /// The first stage has none.
    let merging: PatchMerging?
    let blocks: [Block]

    init(_ scope: Scope, number: Int, _ configuration: Configuration) {
      merging =
        number > 0
        ? PatchMerging(scope["downsample"], width: configuration.width(number - 1), configuration) : nil
      let windows = StageWindows(stage: number, configuration, on: scope.device)
      blocks = (0..<configuration.depths[number]).map {
        Block(scope["blocks"][$0], stage: number, windows[$0], configuration)
      }
    }

    func callAsFunction(_ x: Tensor) -> Tensor { blocks.reduce(merging.map { $0(x) } ?? x) { $1($0) } }
  }

  /// Four neighbours become one patch of twice the width.
  private struct PatchMerging {
    let norm: LayerNorm
    let reduction: Linear
    let normalizesFirst: Bool

    init(_ scope: Scope, width: Int, _ configuration: Configuration) {
      normalizesFirst = configuration.version == .first
      norm = LayerNorm(
        scope["norm"], width: normalizesFirst ? 4 * width : 2 * width, epsilon: configuration.normEpsilon)
      reduction = Linear(scope["reduction"], inputs: 4 * width, outputs: 2 * width, hasBias: false)
    }

    /// `[frames, side, side, width]` → `[frames, side / 2, side / 2, 2 * width]`, rounded up.
    func callAsFunction(_ input: Tensor) -> Tensor {
      let x = input.padded(toSides: input.size(1) + input.size(1) % 2, input.size(2) + input.size(2) % 2)
      let (count, height, width, channels) = (x.size(0), x.size(1) / 2, x.size(2) / 2, x.size(3))
      let merged = x.reshaped([count, height, 2, width, 2, channels])
        .permuted([0, 1, 3, 4, 2, 5]).reshaped([count, height, width, 4 * channels])
      return normalizesFirst ? reduction(norm(merged)) : norm(reduction(merged))
    }
  }

  /// Attention within windows, then an MLP.
  private struct Block {
    let norm1: LayerNorm
    let attention: WindowAttention
    let norm2: LayerNorm
    let mlp: MLP
    let normalizesFirst: Bool

    init(_ scope: Scope, stage: Int, _ windows: Windows, _ configuration: Configuration) {
      let width = configuration.width(stage)
      norm1 = LayerNorm(scope["norm1"], width: width, epsilon: configuration.normEpsilon)
      attention = WindowAttention(scope["attn"], stage: stage, windows, configuration)
      norm2 = LayerNorm(scope["norm2"], width: width, epsilon: configuration.normEpsilon)
      mlp = MLP(
        scope["mlp"], inputs: width, hidden: Int(Double(width) * configuration.mlpRatio),
        activation: configuration.activation)
      normalizesFirst = configuration.version == .first
    }

    /// `[frames, side, side, width]` → the same.
    func callAsFunction(_ input: Tensor) -> Tensor {
      if normalizesFirst {
        let x = input + attention(norm1(input))
        return x + mlp(norm2(x))
      }
      let x = input + norm1(attention(input))
      return x + norm2(mlp(x))
    }
  }
}

extension Tensor {
  /// Zeros below and on the right of `[images, height, width, channels]`.
  func padded(toSides height: Int, _ width: Int) -> Tensor {
    guard height > size(1) || width > size(2) else { return self }
    return permuted([0, 3, 1, 2])
      .padded(top: 0, bottom: height - size(1), left: 0, right: width - size(2)).permuted([0, 2, 3, 1])
  }
}
