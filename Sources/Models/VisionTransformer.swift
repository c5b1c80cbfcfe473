package import NN
package import Torch

/// ViT (Dosovitskiy et al., 2021) with timm's names and numerics (`timm.models.vision_transformer`).
///
/// Every frame is cut into patches; the vector of the class token, after the last norm, stands for the frame.
package struct VisionTransformer {
  package struct Configuration: Codable, Sendable, Equatable {
    /// Width and height of a frame in pixels.
    package var imageSize: Int
    package var patchSize: Int
    /// Width of the vectors.
    package var embeddingSize: Int
    package var depth: Int
    package var heads: Int
    /// Width of the hidden layer of each block's perceptron, in multiples of `embeddingSize`.
    package var perceptronRatio: Double

    package init(
      imageSize: Int, patchSize: Int, embeddingSize: Int, depth: Int, heads: Int, perceptronRatio: Double = 4
    ) {
      self.imageSize = imageSize
      self.patchSize = patchSize
      self.embeddingSize = embeddingSize
      self.depth = depth
      self.heads = heads
      self.perceptronRatio = perceptronRatio
    }

    enum CodingKeys: String, CodingKey {
      case imageSize = "img_size"
      case patchSize = "patch_size"
      case embeddingSize = "embed_dim"
      case depth
      case heads = "num_heads"
      case perceptronRatio = "mlp_ratio"
    }

    /// Patches along one side.
    var grid: Int { imageSize / patchSize }
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

  /// `[frames, 3, size, size]`, normalised → the vector of each frame `[frames, width]`.
  package func callAsFunction(_ frames: Tensor) -> Tensor {
    tokens(frames).selected(1, 0)
  }

  /// All tokens after the last norm, the class token first: `[frames, 1 + patches, width]`.
  package func tokens(_ frames: Tensor) -> Tensor {
    let count = frames.size(0)
    let width = configuration.embeddingSize
    let patches = patchEmbedding(frames)  // [frames, width, grid, grid]
      .reshaped([count, width, -1]).transposed(1, 2)  // [frames, patches, width]
    let first = classToken.to(patches.type).expanded([count, 1, width])
    var x = Tensor.concatenated([first, patches], along: 1) + positionEmbedding.to(patches.type)
    for block in blocks { x = block(x) }
    return norm(x)  // [frames, 1 + patches, width]
  }

  private struct Block {
    let norm1: LayerNorm
    let queryKeyValue: Linear
    let projection: Linear
    let norm2: LayerNorm
    let perceptron1: Linear
    let perceptron2: Linear
    let heads: Int

    init(_ scope: Scope, _ configuration: Configuration) {
      let width = configuration.embeddingSize
      let hidden = Int(Double(width) * configuration.perceptronRatio)
      norm1 = LayerNorm(scope["norm1"], width: width, epsilon: 1e-6)
      queryKeyValue = Linear(scope["attn.qkv"], inputs: width, outputs: 3 * width)
      projection = Linear(scope["attn.proj"], inputs: width, outputs: width)
      norm2 = LayerNorm(scope["norm2"], width: width, epsilon: 1e-6)
      perceptron1 = Linear(scope["mlp.fc1"], inputs: width, outputs: hidden)
      perceptron2 = Linear(scope["mlp.fc2"], inputs: hidden, outputs: width)
      heads = configuration.heads
    }

    func callAsFunction(_ input: Tensor) -> Tensor {
      let x = input + attention(norm1(input))  // [frames, tokens, width]
      return x + perceptron2(perceptron1(norm2(x)).gelu())
    }

    private func attention(_ x: Tensor) -> Tensor {
      let (count, tokens, width) = (x.size(0), x.size(1), x.size(2))
      let parts = queryKeyValue(x)
        .reshaped([count, tokens, 3, heads, width / heads])
        .permuted([2, 0, 3, 1, 4])  // [3, frames, heads, tokens, width / heads]
      let attended = Tensor.attention(
        query: parts.selected(0, 0), key: parts.selected(0, 1), value: parts.selected(0, 2))
      return projection(attended.transposed(1, 2).reshaped([count, tokens, width]))
    }
  }
}
