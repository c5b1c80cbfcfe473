package import Models
package import Text

/// Everything that decides what a run computes; saved with the run as `configuration.yaml`.
package struct RunConfiguration: Codable, Sendable, Equatable {
  /// From which folds, initial weights, orders and augmentations are drawn.
  package var seed: UInt64
  package var folds: Int
  package var modality: Modality
  package var backbone: VisionTransformer.Configuration
  package var textEncoder: TextEncoder
  package var frames: FramePreparation
  package var text: TextBudget
  package var training: TrainingConfiguration

  enum CodingKeys: String, CodingKey {
    case seed, folds, modality, backbone
    case textEncoder = "text_encoder"
    case frames, text, training
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
package enum Modality: String, Codable, Sendable, CaseIterable {
  case both, text, video

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let modality = Self(rawValue: name) else {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription: "is '\(name)', must be \(Self.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    self = modality
  }

  package var hasText: Bool { self != .video }
  package var hasFrames: Bool { self != .text }
}

/// How the weights of one fold are found.
package struct TrainingConfiguration: Codable, Sendable, Equatable {
  package var epochs: Int
  /// Optimizer steps of a fold at most, the learning rates falling to 0 by then; 0 sets no bound.
  package var maximumSteps: Int
  /// Videos of one optimizer step.
  package var batchSize: Int
  package var learningRate: LearningRates
  package var weightDecay: Double
  /// The part of all steps over which learning rates rise from 0.
  package var warmUp: Double
  package var labelSmoothing: Double
  /// γ in the class weight `count^-γ`, normalised to mean 1 over the videos: 0 is no weighting, 1 the raw inverse.
  package var classWeightExponent: Double
  /// Weight of the loss of the head that sees the video alone.
  package var auxiliaryVideoLoss: Double
  /// Decay of the average of weights (EMA) that validates and predicts.
  package var averageDecay: Double
  /// Gradients are scaled down to this joint norm.
  package var maximumGradientNorm: Double
  /// Dropout before the classifiers.
  package var headDropout: Double
  package var augmentation: Augmentation

  enum CodingKeys: String, CodingKey {
    case epochs
    case maximumSteps = "maximum_steps"
    case batchSize = "batch_size"
    case learningRate = "learning_rate"
    case weightDecay = "weight_decay"
    case warmUp = "warm_up"
    case labelSmoothing = "label_smoothing"
    case classWeightExponent = "class_weight_exponent"
    case auxiliaryVideoLoss = "auxiliary_video_loss"
    case averageDecay = "average_decay"
    case maximumGradientNorm = "maximum_gradient_norm"
    case headDropout = "head_dropout"
    case augmentation
  }

  /// Peak learning rates of the three kinds of parameters.
  package struct LearningRates: Codable, Sendable, Equatable {
    package var backbone: Double
    package var fusion: Double
    /// Heads, which are new in every run.
    package var heads: Double
  }
}
