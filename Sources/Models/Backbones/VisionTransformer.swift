package import NN
import Storage
package import Torch

/// ViT (Dosovitskiy et al., 2021) and its family, of which each member is a configuration: DeiT, the image towers of CLIP
/// and SigLIP, DINOv2, DINOv3. Names and numerics are timm's (`timm.models.vision_transformer`; `timm.models.eva` where
/// positions are rotary).
///
/// Every frame is cut into patches, whose embeddings go through the blocks behind a class token and registers, where there
/// are any; what is pooled of the last norm stands for the frame. It is what CLIP has before its projection into the space
/// that it shares with text.
///
/// Elsewhere the same parameters are called otherwise: Hugging Face has queries, keys and values apart, CLIP's norms
/// `pre_layrnorm` and `post_layernorm`, SigLIP's pooling `head.probe`; OpenAI and open_clip `ln_pre`, `ln_post`,
/// `attn.in_proj_weight` and `mlp.c_fc`.
package struct VisionTransformer: Backbone {
  package let configuration: Configuration
  private let patchEmbedding: Convolution2D
  /// Class token, then registers, `[1, count, width]` each.
  private let prefix: [Tensor]
  private let positionEmbedding: Tensor?
  private let rotary: RotaryPositions?
  private let preNorm: LayerNorm?
  private let blocks: [TransformerBlock]
  private let norm: LayerNorm?
  private let pooling: AttentionPooling?
  private let pooledNorm: LayerNorm?

  package init(_ scope: Scope, _ configuration: Configuration) {
    let (width, epsilon) = (configuration.embeddingSize, configuration.normEpsilon)
    let patches = configuration.grid * configuration.grid
    func norm(_ name: String, if isThere: Bool) -> LayerNorm? {
      isThere ? LayerNorm(scope[name], width: width, epsilon: epsilon) : nil
    }
    self.configuration = configuration
    var prefix: [Tensor] = []
    if configuration.hasClassToken {
      prefix.append(scope.parameter("cls_token", shape: [1, 1, width], .normal(deviation: 1e-6)))
    }
    if configuration.registers > 0 {
      prefix.append(
        scope.parameter(
          "reg_token", shape: [1, configuration.registers, width], .normal(deviation: 1e-6)))
    }
    self.prefix = prefix
    let positions: Int? =
      switch configuration.positions {
      case .tokens: configuration.prefix + patches
      case .patches: patches
      case .rotary: nil
      }
    positionEmbedding = positions.map {
      scope.parameter("pos_embed", shape: [1, $0, width], .truncatedNormal(deviation: 0.02))
    }
    rotary =
      configuration.positions == .rotary
      ? RotaryPositions(
        grid: configuration.grid, width: width / configuration.heads, prefix: configuration.prefix,
        on: scope.device) : nil
    patchEmbedding = Convolution2D(
      scope["patch_embed.proj"], inputs: 3, outputs: width, size: configuration.patchSize,
      stride: configuration.patchSize, hasBias: !configuration.hasPreNorm)
    preNorm = norm("norm_pre", if: configuration.hasPreNorm)
    blocks = (0..<configuration.depth).map { TransformerBlock(scope["blocks"][$0], configuration) }
    self.norm = norm("norm", if: !configuration.normalizesPooled)
    pooling =
      configuration.pooling == .attention ? AttentionPooling(scope["attn_pool"], configuration) : nil
    pooledNorm = norm("fc_norm", if: configuration.normalizesPooled)
  }

  package func callAsFunction(_ frames: Tensor, _ mode: Mode) -> Tensor {
    let tokens = embedded(frames)  // [frames, length, width]
    let (count, length, width) = (tokens.size(0), tokens.size(1), tokens.size(2))
    let pattern = PackedAttention(sequences: count, length: length)
    // Of the last block only the class token need be computed where nothing else is read.
    let readsClassToken = configuration.pooling == .classToken
    let whole = readsClassToken ? blocks.dropLast() : blocks[...]
    let stream = whole.reduce(tokens.reshaped([-1, width])) { $1($0, pattern, length: length, rotary) }
    let last = stream.reshaped([count, length, width])
    let pooled = readsClassToken ? classToken(of: last) : pooled(norm.map { $0(last) } ?? last)
    return pooledNorm.map { $0(pooled) } ?? pooled  // [frames, width]
  }

  /// The sequence of each frame: class token, registers, patches, `[frames, length, width]`.
  private func embedded(_ frames: Tensor) -> Tensor {
    let (count, width) = (frames.size(0), configuration.embeddingSize)
    var patches = patchEmbedding(frames)  // [frames, width, grid, grid]
      .reshaped([count, width, -1]).transposed(1, 2)  // [frames, patches, width]
    if configuration.positions == .patches, let positionEmbedding { patches = patches + positionEmbedding }
    let prefix = prefix.map { $0.expanded([count, $0.size(1), width]) }
    var tokens = prefix.isEmpty ? patches : .concatenated(prefix + [patches], along: 1)
    if configuration.positions == .tokens, let positionEmbedding { tokens = tokens + positionEmbedding }
    return preNorm.map { $0(tokens) } ?? tokens
  }

  /// `[frames, length, width]` before the last block → `[frames, width]`
  private func classToken(of tokens: Tensor) -> Tensor {
    let token = blocks.last?.first(tokens, rotary) ?? tokens.selected(1, 0)
    return norm.map { $0(token) } ?? token
  }

  /// `[frames, length, width]` after the blocks → `[frames, width]`
  private func pooled(_ tokens: Tensor) -> Tensor {
    let patches = tokens.narrowed(1, configuration.prefix..<tokens.size(1))
    return pooling.map { $0(patches) } ?? patches.mean(along: 1)
  }
}
