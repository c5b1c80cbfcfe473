package import NN
package import Storage

extension VisionTransformer {
  /// What the family's members differ in: by timm's names for the arguments of its `VisionTransformer`, but for rotary
  /// positions, which timm's `Eva` has.
  package struct Configuration: BackboneArchitecture {
    /// Width and height of a frame in pixels.
    package var imageSize: Int
    package var patchSize: Int
    /// Width of the vectors.
    package var embeddingSize: Int
    package var depth: Int
    package var heads: Int
    /// Width of the hidden layer of each block's MLP, in multiples of `embeddingSize`.
    package var mlpRatio: Double
    package var activation: Activation
    /// Of every LayerNorm.
    package var normEpsilon: Double
    /// Which of queries, keys and values have a bias.
    package var attentionBias: AttentionBias
    package var hasClassToken: Bool
    /// Tokens that stand for no place and are not read in the end (Darcet et al., 2024).
    package var registers: Int
    package var positions: Positions
    /// Whether there is a norm before the first block, and no bias in the patches' embedding, as in CLIP.
    package var hasPreNorm: Bool
    /// What the scales of a block's two branches begin at (Touvron et al., 2021); 0 where it has none.
    package var layerScale: Double
    package var pooling: Pooling
    /// Whether the last norm is that of the pooled vector, rather than of every token.
    package var normalizesPooled: Bool
    package var normalization: ImageNormalization

    package enum AttentionBias: String, Codable, Sendable, CaseIterable {
      case all, none
      /// Keys have none: one would add the same to all scores of a query.
      case queriesAndValues = "query_value"
    }

    /// How a token knows its place.
    package enum Positions: String, Codable, Sendable, CaseIterable {
      /// A learnt vector for each token, class token and registers included.
      case tokens
      /// A learnt vector for each patch.
      case patches
      /// Queries and keys of patches are turned by angles that follow from the place (DINOv3).
      case rotary
    }

    /// What stands for the frame.
    package enum Pooling: String, Codable, Sendable, CaseIterable {
      case classToken = "token"
      /// The mean of the patches.
      case mean = "avg"
      /// What a learnt query attends to among the patches (SigLIP).
      case attention = "map"
    }

    package init(
      imageSize: Int, patchSize: Int, embeddingSize: Int, depth: Int, heads: Int, mlpRatio: Double = 4,
      activation: Activation = .gelu, normEpsilon: Double = 1e-6, attentionBias: AttentionBias = .all,
      hasClassToken: Bool = true, registers: Int = 0, positions: Positions = .tokens,
      hasPreNorm: Bool = false, layerScale: Double = 0, pooling: Pooling = .classToken,
      normalizesPooled: Bool = false, normalization: ImageNormalization = .imageNet
    ) {
      self.imageSize = imageSize
      self.patchSize = patchSize
      self.embeddingSize = embeddingSize
      self.depth = depth
      self.heads = heads
      self.mlpRatio = mlpRatio
      self.activation = activation
      self.normEpsilon = normEpsilon
      self.attentionBias = attentionBias
      self.hasClassToken = hasClassToken
      self.registers = registers
      self.positions = positions
      self.hasPreNorm = hasPreNorm
      self.layerScale = layerScale
      self.pooling = pooling
      self.normalizesPooled = normalizesPooled
      self.normalization = normalization
    }

    enum CodingKeys: String, CodingKey {
      case imageSize = "img_size"
      case patchSize = "patch_size"
      case embeddingSize = "embed_dim"
      case depth
      case heads = "num_heads"
      case mlpRatio = "mlp_ratio"
      case activation
      case normEpsilon = "norm_eps"
      case attentionBias = "qkv_bias"
      case hasClassToken = "class_token"
      case registers = "reg_tokens"
      case positions = "pos_embed"
      case hasPreNorm = "pre_norm"
      case layerScale = "init_values"
      case pooling = "global_pool"
      case normalizesPooled = "fc_norm"
      case normalization
    }

    /// Patches along one side; what is left over at the right and below is not seen, as in SigLIP at 384 pixels, whose patches
    /// have 14.
    package var grid: Int { imageSize / patchSize }
    /// Tokens before those of the patches.
    package var prefix: Int { (hasClassToken ? 1 : 0) + registers }
    /// Width of the hidden layer of each block's MLP, rounded down as timm does.
    package var hiddenSize: Int {
      get { Int(Double(embeddingSize) * mlpRatio) }
      set {
        mlpRatio = Double(newValue) / Double(embeddingSize)
        if hiddenSize < newValue { mlpRatio = mlpRatio.nextUp }
      }
    }

    package var vectorSize: Int { embeddingSize }
    package func model(_ scope: Scope) -> any Backbone { VisionTransformer(scope, self) }

    package func check(_ checks: inout SettingChecks) {
      checks.whole(CodingKeys.imageSize, imageSize, 1...4096)
      checks.whole(CodingKeys.patchSize, patchSize, 1...4096)
      checks.whole(CodingKeys.embeddingSize, embeddingSize, 1...16_384)
      checks.whole(CodingKeys.depth, depth, 1...512)
      checks.whole(CodingKeys.heads, heads, 1...1024)
      checks.number(CodingKeys.mlpRatio, mlpRatio, 0.1...64)
      checks.number(CodingKeys.normEpsilon, normEpsilon, 0...1)
      checks.whole(CodingKeys.registers, registers, 0...1024)
      checks.number(CodingKeys.layerScale, layerScale, 0...1)
      checks.within(CodingKeys.normalization) { normalization.check(&$0) }
      guard checks.problem == nil else { return }
      checks.require(
        imageSize >= patchSize, CodingKeys.imageSize,
        "is \(imageSize), less than the patch size \(patchSize)")
      checks.require(
        imageSize / patchSize <= 256, CodingKeys.patchSize, "cuts a frame into more than 256 × 256 patches")
      checks.require(
        embeddingSize.isMultiple(of: heads), CodingKeys.heads,
        "is \(heads), must divide the width \(embeddingSize)")
      checks.require(
        positions != .rotary || (embeddingSize / heads).isMultiple(of: 4), CodingKeys.heads,
        "gives heads of a width of \(embeddingSize / heads), rotary positions take multiples of 4")
      checks.require(
        hasClassToken || pooling != .classToken, CodingKeys.pooling, "is token: there is no class token")
    }
  }
}
