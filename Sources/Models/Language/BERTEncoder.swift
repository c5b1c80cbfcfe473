import NN
import Torch

/// BERT's stack of layers (Devlin et al., 2019) on packed sequences, with Hugging Face's names and numerics
/// (`transformers.models.bert.modeling_bert`).
struct BERTEncoder: TextLayers {
  private let layers: [BERTLayer]

  init(_ scope: Scope, _ configuration: BERT.Configuration) {
    layers = (0..<configuration.layers).map {
      BERTLayer(
        scope["layer"][$0], width: configuration.hiddenSize, heads: configuration.heads,
        intermediateSize: configuration.intermediateSize, dropout: configuration.hiddenDropout,
        epsilon: configuration.layerNormEpsilon)
    }
  }

  func callAsFunction(_ stream: Tensor, _ layout: StreamLayout, _ mode: Mode) -> Tensor {
    layers.reduce(stream) { x, layer in layer(x, layout.attention, mode) }
  }
}

/// One layer of it.
struct BERTLayer {
  private let attention: MultiHeadAttention
  private let rest: PostNorm

  init(
    _ scope: Scope, width: Int, heads: Int, intermediateSize: Int, dropout: Double, epsilon: Double
  ) {
    attention = MultiHeadAttention(
      bert: scope["attention.self"], output: scope["attention.output.dense"], width: width, heads: heads)
    rest = PostNorm(
      attention: scope["attention.output"], intermediate: scope["intermediate"], output: scope["output"],
      width: width, intermediateSize: intermediateSize, dropout: dropout, epsilon: epsilon)
  }

  func callAsFunction(_ input: Tensor, _ pattern: PackedAttention, _ mode: Mode) -> Tensor {
    rest(attention(input, pattern), input, mode)
  }
}

extension MultiHeadAttention {
  /// With BERT's names of queries, keys and values.
  init(bert own: Scope, output: Scope, width: Int, heads: Int) {
    self.init(
      queryKeyValue: Linear(
        joining: [own["query"], own["key"], own["value"]], inputs: width, outputs: width),
      output: Linear(output, inputs: width, outputs: width), heads: heads)
  }
}

/// What follows attention in a layer whose norms stand behind each sum, as in BERT and DeBERTa: the sum with the layer's input,
/// and an MLP with its own.
struct PostNorm {
  private let attentionNorm: LayerNorm
  private let intermediate: Linear
  private let output: Linear
  private let outputNorm: LayerNorm
  private let dropout: Dropout

  /// - Parameter attention: where the norm of the first sum is.
  init(
    attention: Scope, intermediate: Scope, output: Scope, width: Int, intermediateSize: Int, dropout: Double,
    epsilon: Double
  ) {
    attentionNorm = LayerNorm(attention["LayerNorm"], width: width, epsilon: epsilon)
    self.intermediate = Linear(intermediate["dense"], inputs: width, outputs: intermediateSize)
    self.output = Linear(output["dense"], inputs: intermediateSize, outputs: width)
    outputNorm = LayerNorm(output["LayerNorm"], width: width, epsilon: epsilon)
    self.dropout = Dropout(dropout)
  }

  /// - Parameter attended: what attention gave of `input`, `[elements, hidden]` both.
  func callAsFunction(_ attended: Tensor, _ input: Tensor, _ mode: Mode) -> Tensor {
    let x = attentionNorm(dropout(attended, mode) + input)  // [elements, hidden]
    return outputNorm(dropout(output(intermediate(x).gelu()), mode) + x)
  }
}
