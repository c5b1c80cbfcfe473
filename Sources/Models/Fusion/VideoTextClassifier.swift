package import NN
package import Storage
package import Torch

/// A video-text encoder, and vectors that its last hidden states are pooled to through a linear layer: logits over the
/// level-2 categories.
///
/// A second, small head classifies by the mean of the backbone's vectors alone. Its auxiliary loss keeps the text
/// from overwhelming the video (0.7 to 1.1 points of the metric in published solutions). A third one, where it is asked
/// for, sees the text alone: the mean of its embedded tokens. Two more may ask for the first level, and for the category
/// within it (`TwoQuestions`): prediction mixes their answers into the logits, training has them beside these. So it is with one
/// that learns all categories alike, however rare they are.
package struct VideoTextClassifier {
  package struct Configuration: Codable, Sendable, Equatable {
    package var encoder: VideoTextEncoder.Configuration
    package var categories: Int
    /// What the heads see of a video, side by side.
    package var pooling: [Pooling]
    /// Dropout before the classifiers.
    package var headDropout: Double
    /// How many draws of it the classifier sees in training (multi-sample dropout; Inoue, 2019).
    package var dropoutSamples: Int
    package var hasTextHead: Bool
    /// nil where there is the flat head alone.
    package var twoQuestions: TwoQuestions.Configuration?
    /// The part of the balanced head in what is predicted, from 0 to 1; nil where there is no such head.
    package var balancedWeight: Double?

    package init(
      encoder: VideoTextEncoder.Configuration, categories: Int, pooling: [Pooling] = Pooling.means,
      headDropout: Double, dropoutSamples: Int = 1,
      hasTextHead: Bool = false, twoQuestions: TwoQuestions.Configuration? = nil,
      balancedWeight: Double? = nil
    ) {
      self.encoder = encoder
      self.categories = categories
      self.pooling = pooling
      self.headDropout = headDropout
      self.dropoutSamples = dropoutSamples
      self.hasTextHead = hasTextHead
      self.twoQuestions = twoQuestions
      self.balancedWeight = balancedWeight
    }

    enum CodingKeys: String, CodingKey {
      case categories = "num_labels"
      case pooling
      case headDropout = "classifier_dropout"
      case dropoutSamples = "classifier_dropout_samples"
      case hasTextHead = "has_text_head"
      case twoQuestions = "two_questions"
      case balancedWeight = "balanced_weight"
    }

    /// The encoder's keys stand beside the heads'.
    package init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      encoder = try .init(from: decoder)
      categories = try container.decode(Int.self, forKey: .categories)
      pooling = try container.decode([Pooling].self, forKey: .pooling)
      headDropout = try container.decode(Double.self, forKey: .headDropout)
      dropoutSamples = try container.decode(Int.self, forKey: .dropoutSamples)
      hasTextHead = try container.decode(Bool.self, forKey: .hasTextHead)
      twoQuestions = try container.decodeIfPresent(TwoQuestions.Configuration.self, forKey: .twoQuestions)
      balancedWeight = try container.decodeIfPresent(Double.self, forKey: .balancedWeight)
    }

    package func encode(to encoder: any Encoder) throws {
      try self.encoder.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(categories, forKey: .categories)
      try container.encode(pooling, forKey: .pooling)
      try container.encode(headDropout, forKey: .headDropout)
      try container.encode(dropoutSamples, forKey: .dropoutSamples)
      try container.encode(hasTextHead, forKey: .hasTextHead)
      try container.encodeIfPresent(twoQuestions, forKey: .twoQuestions)
      try container.encodeIfPresent(balancedWeight, forKey: .balancedWeight)
    }

    /// Notes what no model can be made from.
    package func check(_ checks: inout SettingChecks) {
      encoder.check(&checks)
      checks.require(
        !pooling.isEmpty && Set(pooling).count == pooling.count, CodingKeys.pooling,
        "must name at least one vector, and none twice")
      checks.part(CodingKeys.headDropout, headDropout)
      checks.whole(CodingKeys.dropoutSamples, dropoutSamples, 1...1000)
      checks.within(CodingKeys.twoQuestions) { twoQuestions?.check(&$0, categories: categories) }
      checks.number(CodingKeys.balancedWeight, balancedWeight ?? 0, 0...1)
    }
  }

  package let configuration: Configuration
  package let encoder: VideoTextEncoder
  private let pool: Pool
  private let classifier: Linear
  private let videoNorm: LayerNorm
  private let videoClassifier: Linear
  private let textHead: (norm: LayerNorm, classifier: Linear)?
  private let twoQuestions: TwoQuestions?
  private let balancedClassifier: Linear?
  private let dropout: Dropout

  package init(_ scope: Scope, _ configuration: Configuration) {
    let text = configuration.encoder.fusion.text
    let vectorSize = configuration.encoder.vectorSize
    self.configuration = configuration
    encoder = VideoTextEncoder(scope, configuration.encoder)
    let heads = scope.inFullPrecision
    pool = Pool(heads, configuration.pooling, hidden: text.hiddenSize)
    let pooledSize = configuration.pooling.count * text.hiddenSize
    classifier = Linear(heads["classifier"], inputs: pooledSize, outputs: configuration.categories)
    videoNorm = LayerNorm(heads["video_norm"], width: vectorSize, epsilon: text.layerNormEpsilon)
    videoClassifier = Linear(
      heads["video_classifier"], inputs: vectorSize, outputs: configuration.categories)
    textHead =
      configuration.hasTextHead
      ? (
        LayerNorm(heads["text_norm"], width: text.hiddenSize, epsilon: text.layerNormEpsilon),
        Linear(heads["text_classifier"], inputs: text.hiddenSize, outputs: configuration.categories)
      ) : nil
    twoQuestions = configuration.twoQuestions.map {
      TwoQuestions(heads, inputs: pooledSize, $0)
    }
    balancedClassifier = configuration.balancedWeight.map { _ in
      Linear(heads["balanced_classifier"], inputs: pooledSize, outputs: configuration.categories)
    }
    dropout = Dropout(configuration.headDropout)
  }

  package struct Output {
    /// `[videos, categories]` float32: in training the flat head's, one such block after the other for each draw of the
    /// dropout; else with the two questions and the balanced head mixed in, where there are such.
    package let logits: Tensor
    /// The auxiliary head's logits `[videos, categories]` float32; meaningless for a video without frames.
    package let videoLogits: Tensor
    /// Those of the head that sees the text alone; meaningless for a video without text.
    package let textLogits: Tensor?
    /// Of the same rows as `logits`.
    package let twoQuestions: TwoQuestions.Answers?
    /// The balanced head's own logits, of the same rows as `logits`.
    package let balanced: Tensor?

    package init(
      logits: Tensor, videoLogits: Tensor, textLogits: Tensor?, twoQuestions: TwoQuestions.Answers? = nil,
      balanced: Tensor? = nil
    ) {
      self.logits = logits
      self.videoLogits = videoLogits
      self.textLogits = textLogits
      self.twoQuestions = twoQuestions
      self.balanced = balanced
    }
  }

  /// - Parameter tokens: of the texts of all videos, `[tokens]` int64.
  /// - Parameter vectors: from the encoder's `vectors(of:)`, those of a video end to end.
  package func callAsFunction(
    tokens: Tensor, vectors: Tensor, _ layout: VideoTextLayout, _ mode: Mode
  ) -> Output {
    let fused = encoder(tokens: tokens, vectors: vectors, layout, mode)
    let pooled = pool(fused.hidden, layout)  // [videos, vectors * hidden]
    let videos = videoNorm(layout.frames.mean(vectors))  // [videos, width] float32
    let draws = mode.isTraining ? configuration.dropoutSamples : 1
    let drawn = draws == 1 ? pooled : Tensor.concatenated(Array(repeating: pooled, count: draws))
    let seen = dropout(drawn, mode)
    let flat = classifier(seen)
    let (answers, balanced) = (twoQuestions.map { $0(seen) }, balancedClassifier.map { $0(seen) })
    return Output(
      logits: mode.isTraining ? flat : mixed(flat, answers, balanced),
      videoLogits: videoClassifier(dropout(videos, mode)),
      textLogits: textHead.map { head in
        head.classifier(dropout(head.norm(layout.text.mean(fused.embeddedText)), mode))
      }, twoQuestions: answers, balanced: balanced)
  }

  /// Logits whose softmax is what all heads together say, `[rows, categories]`.
  private func mixed(_ flat: Tensor, _ answers: TwoQuestions.Answers?, _ balanced: Tensor?) -> Tensor {
    let logits = mixed(flat, answers)
    guard let balanced, let weight = configuration.balancedWeight, weight > 0 else { return logits }
    let mixture = logits.softmax(along: -1) * (1 - weight) + balanced.softmax(along: -1) * weight
    return mixture.clamped(atLeast: 1e-30).logarithm()
  }

  private func mixed(_ flat: Tensor, _ answers: TwoQuestions.Answers?) -> Tensor {
    guard let twoQuestions, let answers else { return flat }
    return twoQuestions.mixed(flat, answers)
  }

  /// What the flat head says in training, with the two questions mixed in where there are such: what predicts but for the
  /// balanced head. With gradients, of the rows of `logits`.
  package func unbalanced(_ trained: Output) -> Tensor { mixed(trained.logits, trained.twoQuestions) }

  /// The logits that predict, `[videos, categories]` float32, of embeddings instead of tokens and vectors.
  package func logits(_ embedded: FusionInput, type: DataType, _ layout: VideoTextLayout) -> Tensor {
    let pooled = pool(encoder(embedded, type: type, layout, .evaluation).hidden, layout)
    return mixed(classifier(pooled), twoQuestions.map { $0(pooled) }, balancedClassifier.map { $0(pooled) })
  }
}
