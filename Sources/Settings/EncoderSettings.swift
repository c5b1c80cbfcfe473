package import Batching
package import Models
package import Storage
package import Text
package import Training

/// The settings of an encoder and of its training: what every kind of run has.
package protocol EncoderSettings: Sendable {
  /// From which initial weights, orders and augmentations are drawn.
  var seed: UInt64 { get }
  /// From which it is drawn what is held out.
  var foldSeed: UInt64 { get }
  var modality: Modality { get }
  var weights: InitialWeights { get }
  var backbone: BackboneConfiguration { get }
  var textEncoder: TextEncoderSettings { get }
  /// Frames of one video at most, spread over all that are stored.
  var maximumFrames: Int { get }
  var framing: Framing { get }
  var text: TextBudget { get }
  var optimization: OptimizationConfiguration { get }
}

extension EncoderSettings {
  /// Pixels are what the backbone's weights expect.
  package var frames: FramePreparation {
    FramePreparation(maximumFrames: maximumFrames, backbone.normalization, framing)
  }

  package var input: InputPreparation {
    InputPreparation(
      modality: modality, imageSize: backbone.imageSize,
      squareSize: optimization.augmentation.frames.squareSize(for: backbone.imageSize),
      frames: frames, text: text)
  }

  /// Whether the backbone computes the same of a frame from the first step to the last, so that its vectors can be
  /// computed once.
  package var isBackboneFrozen: Bool { modality.hasFrames && optimization.unfreezing.isNever }

  /// - Parameter vectorSize: width of stored vectors; nil where the backbone sees frames.
  package func encoder(vocabularySize: Int, vectorSize: Int?) -> VideoTextEncoder.Configuration {
    VideoTextEncoder.Configuration(
      backbone: modality.hasFrames && vectorSize == nil ? backbone : nil,
      fusion: VisualBERT.Configuration(
        text: textEncoder.bert(
          vocabularySize: vocabularySize, positions: max(text.sequenceLength, maximumFrames)),
        visualEmbeddingSize: vectorSize ?? backbone.vectorSize))
  }
}

/// What parts of the model begin with.
package struct InitialWeights: Codable, Sendable, Equatable {
  package var backbone = Origin.random
  package var textEncoder = Origin.random

  package init(backbone: Origin = .random, textEncoder: Origin = .random) {
    self.backbone = backbone
    self.textEncoder = textEncoder
  }

  package enum Origin: String, Choice {
    case random
    /// Published weights, or an earlier run's, which the run keeps a copy of.
    case given
    /// Those of an encoder that `pretrain` made, of which the run keeps a copy.
    case pretrained
  }

  enum CodingKeys: String, CodingKey {
    case backbone
    case textEncoder = "text_encoder"
  }
}

/// The BERT that reads text and frame vectors; its vocabulary and positions follow from tokenizer and budget.
package struct TextEncoderSettings: Codable, Sendable, Equatable {
  package var hiddenSize: Int
  package var layers: Int
  package var heads: Int
  package var intermediateSize: Int
  package var dropout: Double
  package var layerNormEpsilon = 1e-12
  /// Rows of the tables: as many as tokenizer and budget need where that is more.
  package var vocabularySize = 0
  package var maximumPositions = 0
  /// See `BERT.Configuration`.
  package var positionOffset = 0
  package var tokenTypes = 2

  enum CodingKeys: String, CodingKey {
    case hiddenSize = "hidden_size"
    case layers = "num_hidden_layers"
    case heads = "num_attention_heads"
    case intermediateSize = "intermediate_size"
    case dropout = "hidden_dropout_prob"
    case layerNormEpsilon = "layer_norm_eps"
    case vocabularySize = "vocab_size"
    case maximumPositions = "max_position_embeddings"
    case positionOffset = "position_offset"
    case tokenTypes = "type_vocab_size"
  }

  /// Those of a BERT whose weights are there.
  init(_ bert: BERT.Configuration) {
    hiddenSize = bert.hiddenSize
    layers = bert.layers
    heads = bert.heads
    intermediateSize = bert.intermediateSize
    dropout = bert.hiddenDropout
    layerNormEpsilon = bert.layerNormEpsilon
    vocabularySize = bert.vocabularySize
    maximumPositions = bert.maximumPositions
    positionOffset = bert.positionOffset
    tokenTypes = bert.tokenTypes
  }

  init(hiddenSize: Int, layers: Int, heads: Int, intermediateSize: Int, dropout: Double) {
    self.hiddenSize = hiddenSize
    self.layers = layers
    self.heads = heads
    self.intermediateSize = intermediateSize
    self.dropout = dropout
  }

  func bert(vocabularySize: Int, positions: Int) -> BERT.Configuration {
    BERT.Configuration(
      vocabularySize: max(vocabularySize, self.vocabularySize), hiddenSize: hiddenSize, layers: layers,
      heads: heads, intermediateSize: intermediateSize,
      maximumPositions: max(positions + positionOffset, maximumPositions), positionOffset: positionOffset,
      tokenTypes: tokenTypes, hiddenDropout: dropout,
      layerNormEpsilon: layerNormEpsilon)
  }
}
