import NN
import Torch

/// One block of a vision transformer: attention, then an MLP, each behind a norm and added to what goes past it.
struct TransformerBlock {
  private let norm1: LayerNorm
  private let attention: MultiHeadAttention
  private let scale1: Tensor?
  private let norm2: LayerNorm
  private let mlp: MLP
  private let scale2: Tensor?

  init(_ scope: Scope, _ configuration: VisionTransformer.Configuration) {
    let (width, epsilon) = (configuration.embeddingSize, configuration.normEpsilon)
    // timm spells the scales otherwise where positions are rotary.
    let isRotary = configuration.positions == .rotary
    func scale(_ name: String) -> Tensor? {
      configuration.layerScale > 0
        ? scope.parameter(name, shape: [width], .constant(configuration.layerScale)) : nil
    }
    let attention = scope["attn"]
    norm1 = LayerNorm(scope["norm1"], width: width, epsilon: epsilon)
    self.attention = MultiHeadAttention(
      queryKeyValue: configuration.attentionBias == .queriesAndValues
        ? Linear(
          attention["qkv"], queryBias: attention["q_bias"], valueBias: attention["v_bias"], inputs: width,
          outputs: width)
        : Linear(
          attention["qkv"], inputs: width, outputs: 3 * width, hasBias: configuration.attentionBias == .all),
      output: Linear(attention["proj"], inputs: width, outputs: width), heads: configuration.heads)
    scale1 = scale(isRotary ? "gamma_1" : "ls1.gamma")
    norm2 = LayerNorm(scope["norm2"], width: width, epsilon: epsilon)
    mlp = MLP(
      scope["mlp"], inputs: width, hidden: configuration.hiddenSize, activation: configuration.activation)
    scale2 = scale(isRotary ? "gamma_2" : "ls2.gamma")
  }

  /// The sequences of all frames end to end, `[frames * length, width]`.
  func callAsFunction(
    _ input: Tensor, _ pattern: PackedAttention, length: Int, _ rotary: RotaryPositions?
  ) -> Tensor {
    perceive(input + scaled(attention(norm1(input), pattern, rotating: rotary), scale1))
  }

  /// Of the first token of each sequence alone: `[frames, length, width]` → `[frames, width]`.
  func first(_ input: Tensor, _ rotary: RotaryPositions?) -> Tensor {
    perceive(
      input.selected(1, 0) + scaled(attention.first(of: norm1(input), rotating: rotary), scale1))
  }

  private func perceive(_ x: Tensor) -> Tensor { x + scaled(mlp(norm2(x)), scale2) }

  private func scaled(_ x: Tensor, _ scale: Tensor?) -> Tensor { scale.map { x * $0 } ?? x }
}
