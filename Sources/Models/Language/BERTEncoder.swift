package import NN
package import Torch

/// BERT's stack of layers (Devlin et al., 2019) on packed sequences, with Hugging Face's names and numerics
/// (`transformers.models.bert.modeling_bert`).
package struct BERTEncoder {
  private let layers: [Layer]

  package init(_ scope: Scope, _ configuration: BERT.Configuration) {
    layers = (0..<configuration.layers).map { Layer(scope["layer"][$0], configuration) }
  }

  /// `[tokens, hidden]` → `[tokens, hidden]`.
  package func callAsFunction(_ embeddings: Tensor, _ attention: PackedAttention, _ mode: Mode) -> Tensor {
    layers.reduce(embeddings) { x, layer in layer(x, attention, mode) }
  }

  private struct Layer {
    let attention: MultiHeadAttention
    let attentionNorm: LayerNorm
    let intermediate: Linear
    let output: Linear
    let outputNorm: LayerNorm
    let dropout: Dropout

    init(_ scope: Scope, _ configuration: BERT.Configuration) {
      let width = configuration.hiddenSize
      let epsilon = configuration.layerNormEpsilon
      let own = scope["attention.self"]
      attention = MultiHeadAttention(
        queryKeyValue: Linear(
          joining: [own["query"], own["key"], own["value"]], inputs: width, outputs: width),
        output: Linear(scope["attention.output.dense"], inputs: width, outputs: width),
        heads: configuration.heads)
      attentionNorm = LayerNorm(scope["attention.output.LayerNorm"], width: width, epsilon: epsilon)
      intermediate = Linear(
        scope["intermediate.dense"], inputs: width, outputs: configuration.intermediateSize)
      output = Linear(scope["output.dense"], inputs: configuration.intermediateSize, outputs: width)
      outputNorm = LayerNorm(scope["output.LayerNorm"], width: width, epsilon: epsilon)
      dropout = Dropout(configuration.hiddenDropout)
    }

    func callAsFunction(_ input: Tensor, _ pattern: PackedAttention, _ mode: Mode) -> Tensor {
      let x = attentionNorm(dropout(attention(input, pattern), mode) + input)  // [tokens, hidden]
      return outputNorm(dropout(output(intermediate(x).gelu()), mode) + x)
    }
  }
}
