package import NN
package import Storage
package import Torch

/// ViT (Dosovitskiy et al., 2021) with timm's names and numerics (`timm.models.vision_transformer`).
///
/// Every frame is cut into patches; the vector of the class token, after the last norm, stands for the frame.
package struct VisionTransformer: Backbone {
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
    package var normalization: ImageNormalization

    package init(
      imageSize: Int, patchSize: Int, embeddingSize: Int, depth: Int, heads: Int, mlpRatio: Double = 4,
      normalization: ImageNormalization = .imageNet
    ) {
      self.imageSize = imageSize
      self.patchSize = patchSize
      self.embeddingSize = embeddingSize
      self.depth = depth
      self.heads = heads
      self.mlpRatio = mlpRatio
      self.normalization = normalization
    }

    enum CodingKeys: String, CodingKey {
      case imageSize = "img_size"
      case patchSize = "patch_size"
      case embeddingSize = "embed_dim"
      case depth
      case heads = "num_heads"
      case mlpRatio = "mlp_ratio"
      case normalization
    }

    /// ViT-S/16 at 224 pixels.
    package static let small = Configuration(
      imageSize: 224, patchSize: 16, embeddingSize: 384, depth: 12, heads: 6)

    package static let published = ["vit_small_patch16_224": small]

    /// Patches along one side.
    var grid: Int { imageSize / patchSize }

    package var vectorSize: Int { embeddingSize }
    package func model(_ scope: Scope) -> any Backbone { VisionTransformer(scope, self) }

    package func check(_ checks: inout SettingChecks) {
      checks.whole(CodingKeys.imageSize, imageSize, 1...4096)
      checks.whole(CodingKeys.patchSize, patchSize, 1...4096)
      checks.whole(CodingKeys.embeddingSize, embeddingSize, 1...16_384)
      checks.whole(CodingKeys.depth, depth, 1...512)
      checks.whole(CodingKeys.heads, heads, 1...1024)
      checks.number(CodingKeys.mlpRatio, mlpRatio, 0.1...64)
      checks.within(CodingKeys.normalization) { normalization.check(&$0) }
      guard checks.problem == nil else { return }
      checks.require(
        imageSize.isMultiple(of: patchSize), CodingKeys.imageSize,
        "is \(imageSize), must be a multiple of the patch size \(patchSize)")
      checks.require(
        imageSize / patchSize <= 256, CodingKeys.patchSize, "cuts a frame into more than 256 × 256 patches")
      checks.require(
        embeddingSize.isMultiple(of: heads), CodingKeys.heads,
        "is \(heads), must divide the width \(embeddingSize)")
    }
  }

  package let configuration: Configuration
  private let patchEmbedding: Convolution2D
  private let classToken: Tensor
  private let positionEmbedding: Tensor
  private let blocks: [Block]
  private let norm: LayerNorm

  package init(_ scope: Scope, _ configuration: Configuration) {
    let width = configuration.embeddingSize
    self.configuration = configuration
    classToken = scope.parameter("cls_token", shape: [1, 1, width], .normal(deviation: 1e-6))
    positionEmbedding = scope.parameter(
      "pos_embed", shape: [1, 1 + configuration.grid * configuration.grid, width],
      .truncatedNormal(deviation: 0.02))
    patchEmbedding = Convolution2D(
      scope["patch_embed.proj"], inputs: 3, outputs: width, size: configuration.patchSize,
      stride: configuration.patchSize)
    blocks = (0..<configuration.depth).map { Block(scope["blocks"][$0], configuration) }
    norm = LayerNorm(scope["norm"], width: width, epsilon: 1e-6)
  }

  package func callAsFunction(_ frames: Tensor, _ mode: Mode) -> Tensor {
    let count = frames.size(0)
    let width = configuration.embeddingSize
    let patches = patchEmbedding(frames)  // [frames, width, grid, grid]
      .reshaped([count, width, -1]).transposed(1, 2)  // [frames, patches, width]
    let length = 1 + patches.size(1)
    let pattern = PackedAttention(sequences: count, length: length)
    var x =
      Tensor.concatenated([classToken.expanded([count, 1, width]), patches], along: 1) + positionEmbedding
    x = x.reshaped([-1, width])  // [frames * (1 + patches), width]
    for block in blocks.dropLast() { x = block(x, pattern) }
    let last = x.reshaped([count, length, width])
    return norm(blocks.last?.classToken(last) ?? last.selected(1, 0))  // [frames, width]
  }

  private struct Block {
    let norm1: LayerNorm
    let attention: MultiHeadAttention
    let norm2: LayerNorm
    let mlp1: Linear
    let mlp2: Linear

    init(_ scope: Scope, _ configuration: Configuration) {
      let width = configuration.embeddingSize
      let hidden = Int(Double(width) * configuration.mlpRatio)
      norm1 = LayerNorm(scope["norm1"], width: width, epsilon: 1e-6)
      attention = MultiHeadAttention(
        queryKeyValue: Linear(scope["attn.qkv"], inputs: width, outputs: 3 * width),
        output: Linear(scope["attn.proj"], inputs: width, outputs: width), heads: configuration.heads)
      norm2 = LayerNorm(scope["norm2"], width: width, epsilon: 1e-6)
      mlp1 = Linear(scope["mlp.fc1"], inputs: width, outputs: hidden)
      mlp2 = Linear(scope["mlp.fc2"], inputs: hidden, outputs: width)
    }

    func callAsFunction(_ input: Tensor, _ pattern: PackedAttention) -> Tensor {
      mlp(input + attention(norm1(input), pattern))  // [tokens, width]
    }

    /// Of the last block only the class token is used: `[frames, tokens, width]` → `[frames, width]`.
    func classToken(_ input: Tensor) -> Tensor {
      mlp(input.selected(1, 0) + attention.first(of: norm1(input)))
    }

    private func mlp(_ x: Tensor) -> Tensor { x + mlp2(mlp1(norm2(x)).gelu()) }
  }
}
