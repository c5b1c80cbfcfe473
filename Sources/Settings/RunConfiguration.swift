package import Batching
package import Inference
package import Models
package import Storage
package import Tasks
package import Text
package import Training

/// Everything that decides what a run computes; saved with the run as `configuration.yaml`.
package struct RunConfiguration: Sendable, Equatable {
  /// From which initial weights, orders and augmentations are drawn.
  package var seed: UInt64
  package var folds: Int
  /// From which the folds are drawn: runs of several seeds hold out the same videos.
  package var foldSeed: UInt64
  package var modality: Modality
  package var weights: InitialWeights
  package var backbone: BackboneConfiguration
  package var textEncoder: TextEncoder
  /// Frames of one video at most, spread over all that are stored.
  package var maximumFrames: Int
  package var framing: Framing
  package var text: TextBudget
  package var optimization: OptimizationConfiguration
  package var classification: ClassificationConfiguration
  package var pseudoLabels = PseudoLabelConfiguration()
  package var calibration: CalibrationConfiguration

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
      /// Weights from elsewhere, which the run keeps a copy of.
      case given
    }

    enum CodingKeys: String, CodingKey {
      case backbone
      case textEncoder = "text_encoder"
    }
  }

  /// Whether the backbone computes the same of a frame from the first step to the last, so that its vectors can be
  /// computed once.
  package var isBackboneFrozen: Bool { modality.hasFrames && optimization.unfreezing.isNever }

  /// The BERT that reads text and frame vectors; its vocabulary and positions follow from tokenizer and budget.
  package struct TextEncoder: Codable, Sendable, Equatable {
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

    func bert(vocabularySize: Int, positions: Int) -> BERT.Configuration {
      BERT.Configuration(
        vocabularySize: max(vocabularySize, self.vocabularySize), hiddenSize: hiddenSize, layers: layers,
        heads: heads, intermediateSize: intermediateSize,
        maximumPositions: max(positions + positionOffset, maximumPositions), positionOffset: positionOffset,
        tokenTypes: tokenTypes, hiddenDropout: dropout,
        layerNormEpsilon: layerNormEpsilon)
    }
  }
}
