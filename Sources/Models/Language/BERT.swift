package import NN
package import Storage
package import Torch

/// BERT on packed text, with Hugging Face's names and numerics (`transformers.BertModel`). RoBERTa and XLM-R
/// (`transformers.RobertaModel`) are the same but for where their positions begin.
package struct BERT {
  package struct Configuration: Codable, Sendable, Equatable {
    package var vocabularySize: Int
    package var hiddenSize: Int
    package var layers: Int
    package var heads: Int
    package var intermediateSize: Int
    /// Rows of the table of positions, those before the first one's included.
    package var maximumPositions: Int
    /// The row of each sequence's first token: 0, and behind the padding's number in RoBERTa, whose rows before it no
    /// token has.
    package var positionOffset: Int
    package var tokenTypes: Int
    package var hiddenDropout: Double
    package var layerNormEpsilon: Double

    package init(
      vocabularySize: Int, hiddenSize: Int, layers: Int, heads: Int, intermediateSize: Int,
      maximumPositions: Int = 512, positionOffset: Int = 0, tokenTypes: Int = 2, hiddenDropout: Double = 0.1,
      layerNormEpsilon: Double = 1e-12
    ) {
      self.vocabularySize = vocabularySize
      self.hiddenSize = hiddenSize
      self.layers = layers
      self.heads = heads
      self.intermediateSize = intermediateSize
      self.maximumPositions = maximumPositions
      self.positionOffset = positionOffset
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
      case positionOffset = "position_offset"
      case tokenTypes = "type_vocab_size"
      case hiddenDropout = "hidden_dropout_prob"
      case layerNormEpsilon = "layer_norm_eps"
    }

    /// Published files do not say where positions begin: of BERT, and of VisualBERT, it is the first row.
    package init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      vocabularySize = try container.decode(Int.self, forKey: .vocabularySize)
      hiddenSize = try container.decode(Int.self, forKey: .hiddenSize)
      layers = try container.decode(Int.self, forKey: .layers)
      heads = try container.decode(Int.self, forKey: .heads)
      intermediateSize = try container.decode(Int.self, forKey: .intermediateSize)
      maximumPositions = try container.decode(Int.self, forKey: .maximumPositions)
      positionOffset = try container.decodeIfPresent(Int.self, forKey: .positionOffset) ?? 0
      tokenTypes = try container.decode(Int.self, forKey: .tokenTypes)
      hiddenDropout = try container.decode(Double.self, forKey: .hiddenDropout)
      layerNormEpsilon = try container.decode(Double.self, forKey: .layerNormEpsilon)
    }

    /// Notes what no model can be made from.
    package func check(_ checks: inout SettingChecks) {
      checks.whole(CodingKeys.vocabularySize, vocabularySize, 1...10_000_000)
      checks.whole(CodingKeys.hiddenSize, hiddenSize, 1...16_384)
      checks.whole(CodingKeys.layers, layers, 1...512)
      checks.whole(CodingKeys.heads, heads, 1...1024)
      checks.whole(CodingKeys.intermediateSize, intermediateSize, 1...262_144)
      checks.whole(CodingKeys.maximumPositions, maximumPositions, 1...1_000_000)
      checks.whole(CodingKeys.positionOffset, positionOffset, 0...1024)
      checks.whole(CodingKeys.tokenTypes, tokenTypes, 1...1024)
      checks.part(CodingKeys.hiddenDropout, hiddenDropout)
      checks.number(CodingKeys.layerNormEpsilon, layerNormEpsilon, 0...1)
      guard checks.problem == nil else { return }
      checks.require(
        hiddenSize.isMultiple(of: heads), CodingKeys.heads,
        "is \(heads), must divide the width \(hiddenSize)")
      checks.require(
        positionOffset < maximumPositions, CodingKeys.positionOffset,
        "is \(positionOffset), must be a row of the \(maximumPositions) of the positions")
    }
  }

  private let embeddings: TextEmbeddings
  private let norm: LayerNorm
  private let dropout: Dropout
  private let encoder: BERTEncoder
  private let pooler: Pooler?

  /// - Parameter hasPooler: whether the published pooler is wanted.
  package init(_ scope: Scope, _ configuration: Configuration, hasPooler: Bool = true) {
    embeddings = TextEmbeddings(scope["embeddings"], configuration)
    norm = LayerNorm(
      scope["embeddings.LayerNorm"], width: configuration.hiddenSize, epsilon: configuration.layerNormEpsilon)
    dropout = Dropout(configuration.hiddenDropout)
    encoder = BERTEncoder(scope["encoder"], configuration)
    pooler = hasPooler ? Pooler(scope["pooler"], width: configuration.hiddenSize) : nil
  }

  /// - Returns: the last hidden state of each token `[tokens, hidden]`, and the pooled first token of each sequence
  ///   `[sequences, hidden]`.
  package func callAsFunction(_ text: PackedText, _ mode: Mode) -> (hidden: Tensor, pooled: Tensor?) {
    let embedded = dropout(norm(embeddings(text.tokens, segments: text.types, text.sequences)), mode)
    let hidden = encoder(embedded, text.attention, mode)
    return (hidden, pooler.map { $0(hidden, text.sequences) })
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
  private let positions: PositionEmbeddings
  private let types: Embedding

  init(_ scope: Scope, _ configuration: BERT.Configuration) {
    let width = configuration.hiddenSize
    words = Embedding(scope["word_embeddings"], rows: configuration.vocabularySize, width: width)
    positions = PositionEmbeddings(scope["position_embeddings"], configuration)
    types = Embedding(scope["token_type_embeddings"], rows: configuration.tokenTypes, width: width)
  }

  /// → `[tokens, hidden]`
  /// - Parameter segments: of each token, `[tokens]` int64; nil where all are of segment 0.
  func callAsFunction(_ tokens: Tensor, segments: Tensor?, _ sequences: PackedSequences) -> Tensor {
    callAsFunction(words: words(tokens), segments: segments, sequences)
  }

  /// - Parameter words: the words' embeddings, `[tokens, hidden]`.
  func callAsFunction(words: Tensor, segments: Tensor?, _ sequences: PackedSequences) -> Tensor {
    let type = segments.map { types($0) } ?? types.weight.selected(0, 0)  // a row serves every token
    return words + positions(sequences.positions) + type
  }
}

/// A vector for each place of a sequence, in a table whose first rows may be nobody's.
struct PositionEmbeddings {
  private let table: Embedding
  private let offset: Int

  init(_ scope: Scope, _ configuration: BERT.Configuration) {
    table = Embedding(scope, rows: configuration.maximumPositions, width: configuration.hiddenSize)
    offset = configuration.positionOffset
  }

  /// `[tokens]` int64, 0 being the first of its sequence → `[tokens, hidden]` float32.
  func callAsFunction(_ positions: Tensor) -> Tensor {
    guard offset > 0 else { return table(positions) }
    return positions.embedded(in: table.weight.narrowed(0, offset..<table.weight.size(0)))
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
