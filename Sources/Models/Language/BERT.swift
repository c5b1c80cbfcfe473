package import NN
package import Storage
import Torch

/// BERT on packed text, with Hugging Face's names and numerics (`transformers.BertModel`). RoBERTa and XLM-R
/// (`transformers.RobertaModel`) are the same but for where their positions begin.
package enum BERT {
  package struct Configuration: TextEncoderArchitecture {
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
}

extension BERT.Configuration {
  package var positions: Int {
    get { maximumPositions - positionOffset }
    set { maximumPositions = newValue + positionOffset }
  }

  package func textEmbeddings(_ scope: Scope) -> any TextEmbeddings { BERTEmbeddings(scope, self) }
  package func textLayers(_ scope: Scope) -> any TextLayers { BERTEncoder(scope["encoder"], self) }
  package func visualTables(_ scope: Scope) -> VisualTables {
    VisualTables(
      types: Embedding(scope["visual_token_type_embeddings"], rows: tokenTypes, width: hiddenSize),
      positions: PositionEmbeddings(
        scope["visual_position_embeddings"], rows: maximumPositions, offset: positionOffset, width: hiddenSize
      ))
  }

  /// BERT-base of Google's Chinese vocabulary.
  package static let base = Self(
    vocabularySize: 21_128, hiddenSize: 768, layers: 12, heads: 12, intermediateSize: 3072)

  /// RoBERTa's, with its own positions and one segment.
  private static func roberta(words: Int, isLarge: Bool = false) -> Self {
    Self(
      vocabularySize: words, hiddenSize: isLarge ? 1024 : 768, layers: isLarge ? 24 : 12,
      heads: isLarge ? 16 : 12, intermediateSize: isLarge ? 4096 : 3072, maximumPositions: 514,
      positionOffset: 2, tokenTypes: 1, layerNormEpsilon: 1e-5)
  }

  package static let published: [String: Self] = [
    "bert-base-chinese": base, "roberta-base": roberta(words: 50_265),
    "xlm-roberta-base": roberta(words: 250_002),
    "xlm-roberta-large": roberta(words: 250_002, isLarge: true),
  ]
}

/// The sum of word, position and segment embeddings, and the first norm.
struct BERTEmbeddings: TextEmbeddings {
  let words: Embedding
  private let positions: PositionEmbeddings
  private let types: Embedding
  private let norm: LayerNorm
  private let dropout: Dropout

  init(_ scope: Scope, _ configuration: BERT.Configuration) {
    let width = configuration.hiddenSize
    words = Embedding(scope["word_embeddings"], rows: configuration.vocabularySize, width: width)
    positions = PositionEmbeddings(
      scope["position_embeddings"], rows: configuration.maximumPositions,
      offset: configuration.positionOffset, width: width)
    types = Embedding(scope["token_type_embeddings"], rows: configuration.tokenTypes, width: width)
    norm = LayerNorm(scope["LayerNorm"], width: width, epsilon: configuration.layerNormEpsilon)
    dropout = Dropout(configuration.hiddenDropout)
  }

  func callAsFunction(words: Tensor, segments: Tensor?, _ sequences: PackedSequences) -> Tensor {
    let type = segments.map { types($0) } ?? types.weight.selected(0, 0)  // a row serves every token
    return words + positions(sequences.positions) + type
  }

  func normed(_ stream: Tensor, _ mode: Mode) -> Tensor { dropout(norm(stream), mode) }
}

/// A vector for each place of a sequence, in a table whose first rows may be nobody's.
package struct PositionEmbeddings {
  private let table: Embedding
  private let offset: Int

  /// - Parameter offset: the row of each sequence's first element.
  init(_ scope: Scope, rows: Int, offset: Int = 0, width: Int) {
    table = Embedding(scope, rows: rows, width: width)
    self.offset = offset
  }

  /// `[tokens]` int64, 0 being the first of its sequence → `[tokens, hidden]` float32.
  func callAsFunction(_ positions: Tensor) -> Tensor {
    guard offset > 0 else { return table(positions) }
    return positions.embedded(in: table.weight.narrowed(0, offset..<table.weight.size(0)))
  }
}
