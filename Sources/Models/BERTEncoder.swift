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
  package func callAsFunction(_ embeddings: Tensor, _ sequences: PackedSequences, _ mode: Mode) -> Tensor {
    let attention = PackedAttention(sequences, type: embeddings.type, on: embeddings.device)
    return layers.reduce(embeddings) { x, layer in layer(x, attention, mode) }
  }

  private struct Layer {
    let query: Linear
    let key: Linear
    let value: Linear
    let attentionOutput: Linear
    let attentionNorm: LayerNorm
    let intermediate: Linear
    let output: Linear
    let outputNorm: LayerNorm
    let dropout: Dropout
    let heads: Int

    init(_ scope: Scope, _ configuration: BERT.Configuration) {
      let width = configuration.hiddenSize
      let epsilon = configuration.layerNormEpsilon
      let attention = scope["attention.self"]
      query = Linear(attention["query"], inputs: width, outputs: width)
      key = Linear(attention["key"], inputs: width, outputs: width)
      value = Linear(attention["value"], inputs: width, outputs: width)
      attentionOutput = Linear(scope["attention.output.dense"], inputs: width, outputs: width)
      attentionNorm = LayerNorm(scope["attention.output.LayerNorm"], width: width, epsilon: epsilon)
      intermediate = Linear(
        scope["intermediate.dense"], inputs: width, outputs: configuration.intermediateSize)
      output = Linear(scope["output.dense"], inputs: configuration.intermediateSize, outputs: width)
      outputNorm = LayerNorm(scope["output.LayerNorm"], width: width, epsilon: epsilon)
      dropout = Dropout(configuration.hiddenDropout)
      heads = configuration.heads
    }

    func callAsFunction(_ input: Tensor, _ attention: PackedAttention, _ mode: Mode) -> Tensor {
      let (tokens, width) = (input.size(0), input.size(1))
      let stream = Linear.joined([query, key, value], input)  // [tokens, 3 * hidden]
        .reshaped([tokens, 3, heads, width / heads])
      let attended = attention(stream)  // [tokens, hidden]
      let x = attentionNorm(dropout(attentionOutput(attended), mode) + input)  // [tokens, hidden]
      return outputNorm(dropout(output(intermediate(x).gelu()), mode) + x)
    }
  }
}
