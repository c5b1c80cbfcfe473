import NN
import Torch

/// What a learnt query attends to among the patches, and an MLP behind it (SigLIP; `timm.layers.AttentionPoolLatent`).
struct AttentionPooling {
  private let latent: Tensor
  private let query: Linear
  private let keyValue: Linear
  private let projection: Linear
  private let norm: LayerNorm
  private let mlp: MLP
  private let heads: Int

  init(_ scope: Scope, _ configuration: VisionTransformer.Configuration) {
    let width = configuration.embeddingSize
    latent = scope.parameter(
      "latent", shape: [1, 1, width], .truncatedNormal(deviation: 1 / Double(width).squareRoot()))
    query = Linear(scope["q"], inputs: width, outputs: width)
    keyValue = Linear(scope["kv"], inputs: width, outputs: 2 * width)
    projection = Linear(scope["proj"], inputs: width, outputs: width)
    norm = LayerNorm(scope["norm"], width: width, epsilon: configuration.normEpsilon)
    mlp = MLP(
      scope["mlp"], inputs: width, hidden: configuration.hiddenSize, activation: configuration.activation)
    heads = configuration.heads
  }

  /// `[frames, patches, width]` → `[frames, width]`
  func callAsFunction(_ patches: Tensor) -> Tensor {
    let (count, length, width) = (patches.size(0), patches.size(1), patches.size(2))
    let asked = query(latent).reshaped([1, heads, 1, width / heads])
      .expanded([count, heads, 1, width / heads])
    let parts = keyValue(patches)  // [frames, patches, 2 * width]
      .reshaped([count, length, 2, heads, width / heads])
      .permuted([2, 0, 3, 1, 4]).unbound()  // 2 × [frames, heads, patches, width / heads]
    let attended = projection(
      Tensor.attention(query: asked, key: parts[0], value: parts[1]).reshaped([count, width]))
    return attended + mlp(norm(attended))  // [frames, width]
  }
}
