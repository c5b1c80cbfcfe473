package import Batching
package import Models
import Storage
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
  /// What reads the text, and in a single stream the frames with it; its vocabulary and positions are at least as many as
  /// tokenizer and budget need.
  var textEncoder: TextEncoderConfiguration { get }
  var streams: Streams { get }
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
      fusion: FusionConfiguration(
        text: textEncoder.fitted(
          vocabularySize: vocabularySize, positions: max(text.sequenceLength, maximumFrames)),
        visualEmbeddingSize: vectorSize ?? backbone.vectorSize, streams: streams))
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
