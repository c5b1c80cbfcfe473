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
    layers.reduce(embeddings) { x, layer in layer(x, sequences, mode) }
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

    func callAsFunction(_ input: Tensor, _ sequences: PackedSequences, _ mode: Mode) -> Tensor {
      // → [tokens, heads, hidden / heads]
      func byHead(_ x: Tensor) -> Tensor { x.reshaped([x.size(0), heads, input.size(1) / heads]) }
      let attended = PackedAttention.attend(
        query: byHead(query(input)), key: byHead(key(input)), value: byHead(value(input)),
        sequences: sequences
      ).reshaped(input.shape)
      let x = attentionNorm(dropout(attentionOutput(attended), mode) + input)  // [tokens, hidden]
      return outputNorm(dropout(output(intermediate(x).gelu()), mode) + x)
    }
  }
}
