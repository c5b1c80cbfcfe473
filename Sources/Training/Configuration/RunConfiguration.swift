package import Models
package import Text

/// Everything that decides what a run computes; saved with the run as `configuration.yaml`.
package struct RunConfiguration: Codable, Sendable, Equatable {
  /// From which initial weights, orders and augmentations are drawn.
  package var seed: UInt64
  package var folds: Int
  /// From which the folds are drawn: runs of several seeds hold out the same videos.
  package var foldSeed: UInt64
  package var modality: Modality
  package var backbone: VisionTransformer.Configuration
  package var textEncoder: TextEncoder
  package var frames: FramePreparation
  package var text: TextBudget
  package var training: TrainingConfiguration
  package var calibration: CalibrationConfiguration

  enum CodingKeys: String, CodingKey {
    case seed, folds
    case foldSeed = "fold_seed"
    case modality, backbone
    case textEncoder = "text_encoder"
    case frames, text, training, calibration
  }

  package var input: InputPreparation {
    InputPreparation(
      modality: modality, imageSize: backbone.imageSize,
      squareSize: training.augmentation.frames.squareSize(for: backbone.imageSize),
      frames: frames, text: text)
  }

  /// The BERT that reads text and frame vectors; its vocabulary and positions follow from tokenizer and budget.
  package struct TextEncoder: Codable, Sendable, Equatable {
    package var hiddenSize: Int
    package var layers: Int
    package var heads: Int
    package var intermediateSize: Int
    package var dropout: Double

    enum CodingKeys: String, CodingKey {
      case hiddenSize = "hidden_size"
      case layers = "num_hidden_layers"
      case heads = "num_attention_heads"
      case intermediateSize = "intermediate_size"
      case dropout = "hidden_dropout_prob"
    }

    func bert(vocabularySize: Int, positions: Int) -> BERT.Configuration {
      BERT.Configuration(
        vocabularySize: vocabularySize, hiddenSize: hiddenSize, layers: layers, heads: heads,
        intermediateSize: intermediateSize, maximumPositions: positions, hiddenDropout: dropout)
    }
  }
}

/// Which of a video's sides the model sees.
package enum Modality: String, Choice {
  case both, text, video

  package var hasText: Bool { self != .video }
  package var hasFrames: Bool { self != .text }
}
