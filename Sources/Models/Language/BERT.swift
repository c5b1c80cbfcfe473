package import NN
package import Storage
package import Torch

/// BERT on packed text, with Hugging Face's names and numerics (`transformers.BertModel`).
package struct BERT {
  package struct Configuration: Codable, Sendable, Equatable {
    package var vocabularySize: Int
    package var hiddenSize: Int
    package var layers: Int
    package var heads: Int
    package var intermediateSize: Int
    package var maximumPositions: Int
    package var tokenTypes: Int
    package var hiddenDropout: Double
    package var layerNormEpsilon: Double

    package init(
      vocabularySize: Int, hiddenSize: Int, layers: Int, heads: Int, intermediateSize: Int,
      maximumPositions: Int = 512, tokenTypes: Int = 2, hiddenDropout: Double = 0.1,
      layerNormEpsilon: Double = 1e-12
    ) {
      self.vocabularySize = vocabularySize
      self.hiddenSize = hiddenSize
      self.layers = layers
      self.heads = heads
      self.intermediateSize = intermediateSize
      self.maximumPositions = maximumPositions
      self.tokenTypes = tokenTypes
      self.hiddenDropout = hiddenDropout
      self.layerNormEpsilon = layerNormEpsilon
    }

    enum CodingKeys: String, CodingKey {
      case vocabularySize = "vocab_size"
      case hiddenSize = "hidden_size"
      case layers = "num_hidden_layers"
      case heads = "num_attention_heads"
      case intermediateSize = "intermediate_size"
      case maximumPositions = "max_position_embeddings"
      case tokenTypes = "type_vocab_size"
      case hiddenDropout = "hidden_dropout_prob"
      case layerNormEpsilon = "layer_norm_eps"
    }

    /// Notes what no model can be made from.
    package func check(_ checks: inout SettingChecks) {
      checks.whole(CodingKeys.vocabularySize, vocabularySize, 1...10_000_000)
      checks.whole(CodingKeys.hiddenSize, hiddenSize, 1...16_384)
      checks.whole(CodingKeys.layers, layers, 1...512)
      checks.whole(CodingKeys.heads, heads, 1...1024)
      checks.whole(CodingKeys.intermediateSize, intermediateSize, 1...262_144)
      checks.whole(CodingKeys.maximumPositions, maximumPositions, 1...1_000_000)
      checks.whole(CodingKeys.tokenTypes, tokenTypes, 2...1024)  // text and frames
      checks.part(CodingKeys.hiddenDropout, hiddenDropout)
      checks.number(CodingKeys.layerNormEpsilon, layerNormEpsilon, 0...1)
      guard checks.problem == nil else { return }
      checks.require(
        hiddenSize.isMultiple(of: heads), CodingKeys.heads,
        "is \(heads), must divide the width \(hiddenSize)")
    }
  }

  private let embeddings: TextEmbeddings
  private let norm: LayerNorm
  private let dropout: Dropout
  private let encoder: BERTEncoder
  private let pooler: Pooler

  package init(_ scope: Scope, _ configuration: Configuration) {
    embeddings = TextEmbeddings(scope["embeddings"], configuration)
    norm = LayerNorm(
      scope["embeddings.LayerNorm"], width: configuration.hiddenSize, epsilon: configuration.layerNormEpsilon)
    dropout = Dropout(configuration.hiddenDropout)
    encoder = BERTEncoder(scope["encoder"], configuration)
    pooler = Pooler(scope["pooler"], width: configuration.hiddenSize)
  }

  /// - Returns: the last hidden state of each token `[tokens, hidden]`, and the pooled first token of each sequence
  ///   `[sequences, hidden]`.
  package func callAsFunction(_ text: PackedText, _ mode: Mode) -> (hidden: Tensor, pooled: Tensor) {
    let embedded = dropout(norm(embeddings(text.tokens, segments: text.types, text.sequences)), mode)
    let hidden = encoder(embedded, text.attention, mode)
    return (hidden, pooler(hidden, text.sequences))
  }
}

/// The tokens of many texts end to end.
package struct PackedText {
  /// `[tokens]` int64.
  package let tokens: Tensor
  /// The segment of each token, `[tokens]` int64; nil where all are of segment 0.
  package let types: Tensor?
  package let sequences: PackedSequences
  /// Each token sees its own text.
  package let attention: PackedAttention

  /// - Parameter lengths: tokens of each text.
  package init(tokens: Tensor, types: Tensor? = nil, lengths: [Int]) {
    var upload = Upload()
    let sequences = PackedSequences.Plan(lengths: lengths, in: &upload)
    let attention = PackedAttention.Plan(lengths: lengths, in: &upload)
    let sent = upload.send(to: tokens.device, computing: .float32)
    self.tokens = tokens
    self.types = types
    self.sequences = PackedSequences(sequences, sent)
    self.attention = PackedAttention(attention, sent)
  }
}

/// The sum of word, position and segment embeddings: what stands before the first norm.
struct TextEmbeddings {
  let words: Embedding
  let positions: Embedding
  let types: Embedding

  init(_ scope: Scope, _ configuration: BERT.Configuration) {
    let width = configuration.hiddenSize
    words = Embedding(scope["word_embeddings"], rows: configuration.vocabularySize, width: width)
    positions = Embedding(scope["position_embeddings"], rows: configuration.maximumPositions, width: width)
    types = Embedding(scope["token_type_embeddings"], rows: configuration.tokenTypes, width: width)
  }

  /// → `[tokens, hidden]`
  /// - Parameter segments: of each token, `[tokens]` int64; nil where all are of segment 0.
  func callAsFunction(_ tokens: Tensor, segments: Tensor?, _ sequences: PackedSequences) -> Tensor {
    let type = segments.map { types($0) } ?? types.weight.selected(0, 0)  // a row serves every token
    return words(tokens) + positions(sequences.positions) + type
  }
}

/// `tanh` of a linear layer over the first token of each sequence.
struct Pooler {
  private let dense: Linear

  init(_ scope: Scope, width: Int) { dense = Linear(scope["dense"], inputs: width, outputs: width) }

  func callAsFunction(_ hidden: Tensor, _ sequences: PackedSequences) -> Tensor {
    dense(hidden.gathered(sequences.starts)).tanh()
  }
}
