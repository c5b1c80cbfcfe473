package import NN
package import Torch

/// BERT's head for masked tokens, with Hugging Face's names and numerics (`BertLMPredictionHead` of
/// `transformers.models.bert.modeling_bert`): a layer, GELU and a norm, and then for each word the product with its own
/// embedding (tied weights), and a bias.
package struct MaskedTokenHead {
  private let dense: Linear
  private let norm: LayerNorm
  private let bias: Tensor

  package init(_ scope: Scope, _ configuration: TextEncoderConfiguration) {
    let (head, width) = (scope.inFullPrecision, configuration.hiddenSize)
    dense = Linear(head["transform.dense"], inputs: width, outputs: width)
    norm = LayerNorm(head["transform.LayerNorm"], width: width, epsilon: configuration.layerNormEpsilon)
    bias = head.parameter("bias", shape: [configuration.vocabularySize], .zeros)
  }

  /// Logits of what stands behind each token, `[tokens, vocabulary]` float32.
  /// - Parameter hidden: last states of these tokens, `[tokens, hidden]`.
  /// - Parameter words: the table of the word embeddings, `[vocabulary, hidden]` float32.
  package func callAsFunction(_ hidden: Tensor, _ words: Tensor) -> Tensor {
    norm(dense(hidden.to(.float32)).gelu()).linear(weight: words, bias: bias)
  }
}
