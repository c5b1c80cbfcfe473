package import NN
package import Torch

/// Frames through a vision backbone, their vectors and the text's tokens through one VisualBERT, the means of its
/// last hidden states through a linear layer: logits over the level-2 categories.
///
/// A second, small head classifies by the mean of the backbone's vectors alone. Its auxiliary loss keeps the text
/// from overwhelming the video (0.7 to 1.1 points of the metric in published solutions). A third one, where it is asked
/// for, sees the text alone: the mean of its embedded tokens.
package struct VideoTextClassifier {
  package struct Configuration: Codable, Sendable, Equatable {
    /// nil where the data are stored feature vectors, or the model reads text alone.
    package var backbone: VisionTransformer.Configuration?
    package var fusion: VisualBERT.Configuration
    package var categories: Int
    /// Dropout before the classifiers.
    package var headDropout: Double
    /// How many draws of it the classifier sees in training (multi-sample dropout; Inoue, 2019).
    package var dropoutSamples: Int
    package var hasTextHead: Bool

    package init(
      backbone: VisionTransformer.Configuration?, fusion: VisualBERT.Configuration, categories: Int,
      headDropout: Double, dropoutSamples: Int = 1, hasTextHead: Bool = false
    ) {
      self.backbone = backbone
      self.fusion = fusion
      self.categories = categories
      self.headDropout = headDropout
      self.dropoutSamples = dropoutSamples
      self.hasTextHead = hasTextHead
    }

    enum CodingKeys: String, CodingKey {
      case backbone
      case fusion
      case categories = "num_labels"
      case headDropout = "classifier_dropout"
      case dropoutSamples = "classifier_dropout_samples"
      case hasTextHead = "has_text_head"
    }
  }

  package let configuration: Configuration
  private let backbone: VisionTransformer?
  private let fusion: VisualBERT
  private let classifier: Linear
  private let videoNorm: LayerNorm
  private let videoClassifier: Linear
  private let textHead: (norm: LayerNorm, classifier: Linear)?
  private let dropout: Dropout

  package init(_ scope: Scope, _ configuration: Configuration) {
    let text = configuration.fusion.text
    let vectorSize = configuration.fusion.visualEmbeddingSize
    self.configuration = configuration
    backbone = configuration.backbone.map { VisionTransformer(scope["backbone"], $0) }
    fusion = VisualBERT(scope["fusion"], configuration.fusion, hasPooler: false)
    classifier = Linear(scope["classifier"], inputs: 2 * text.hiddenSize, outputs: configuration.categories)
    videoNorm = LayerNorm(scope["video_norm"], width: vectorSize, epsilon: text.layerNormEpsilon)
    videoClassifier = Linear(
      scope["video_classifier"], inputs: vectorSize, outputs: configuration.categories)
    textHead =
      configuration.hasTextHead
      ? (
        LayerNorm(scope["text_norm"], width: text.hiddenSize, epsilon: text.layerNormEpsilon),
        Linear(scope["text_classifier"], inputs: text.hiddenSize, outputs: configuration.categories)
      ) : nil
    dropout = Dropout(configuration.headDropout)
  }

  /// What an adversary attacks: the table of word embeddings, `[vocabulary, hidden]`.
  package var wordEmbeddings: Tensor { fusion.wordEmbeddings }

  package struct Output {
    /// `[videos, categories]` float32; in training one such block after the other for each draw of the dropout.
    package let logits: Tensor
    /// The auxiliary head's logits `[videos, categories]` float32; meaningless for a video without frames.
    package let videoLogits: Tensor
    /// Those of the head that sees the text alone; meaningless for a video without text.
    package let textLogits: Tensor?
  }

  /// The vectors of frames: `[frames, 3, size, size]`, normalised, through the backbone; stored features
  /// `[frames, width]` as they are.
  package func vectors(of pictures: Tensor) -> Tensor {
    guard let backbone, pictures.rank == 4 else { return pictures }
    guard pictures.size(0) > 0 else {  // not one video of the batch has a frame
      return .zeros([0, backbone.configuration.embeddingSize], type: pictures.type, on: pictures.device)
    }
    return backbone(pictures)
  }

  /// - Parameter vectors: from `vectors(of:)`, those of a video end to end.
  /// - Parameter frames: how many frames each video has.
  package func callAsFunction(
    text: PackedText, vectors: Tensor, frames: PackedSequences, _ mode: Mode
  ) -> Output {
    let fused = fusion(text, PackedFrames(vectors: vectors, sequences: frames), mode)
    // Of each video its tokens, then its frames: a mean of each, so that many tokens do not drown few frames.
    let parts = PackedSequences(lengths: zip(text.sequences.lengths, frames.lengths).flatMap { [$0, $1] })
    let pooled = parts.mean(fused.hidden)  // [2 * videos, hidden] float32
      .reshaped([frames.lengths.count, -1])  // [videos, 2 * hidden]
    let videos = videoNorm(frames.mean(vectors))  // [videos, width] float32
    let draws = mode == .training ? configuration.dropoutSamples : 1
    let drawn = draws == 1 ? pooled : Tensor.concatenated(Array(repeating: pooled, count: draws))
    return Output(
      logits: classifier(dropout(drawn, mode)), videoLogits: videoClassifier(dropout(videos, mode)),
      textLogits: textHead.map { head in
        head.classifier(dropout(head.norm(text.sequences.mean(fused.embeddedText)), mode))
      })
  }
}
