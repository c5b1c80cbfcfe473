package import NN
import Storage
package import Torch

/// VisualBERT (Li et al., 2019): the vectors of frames follow the text's tokens in one sequence per video, and one
/// BERT reads them together. Hugging Face's names and numerics (`transformers.VisualBertModel`).
package struct VisualBERT {
  package struct Configuration: Codable, Sendable, Equatable {
    package var text: BERT.Configuration
    /// Width of a frame's vector.
    package var visualEmbeddingSize: Int

    package init(text: BERT.Configuration, visualEmbeddingSize: Int) {
      self.text = text
      self.visualEmbeddingSize = visualEmbeddingSize
    }

    enum CodingKeys: String, CodingKey {
      case visualEmbeddingSize = "visual_embedding_dim"
    }

    /// The published file is flat: BERT's keys and one more.
    package init(from decoder: any Decoder) throws {
      text = try BERT.Configuration(from: decoder)
      visualEmbeddingSize = try decoder.container(keyedBy: CodingKeys.self)
        .decode(Int.self, forKey: .visualEmbeddingSize)
    }

    package func encode(to encoder: any Encoder) throws {
      try text.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(visualEmbeddingSize, forKey: .visualEmbeddingSize)
    }

    /// Notes what no model can be made from.
    /// - Parameter backbone: which the vectors come from, if they are not stored ones.
    func check(_ checks: inout SettingChecks, backbone: BackboneConfiguration?) {
      text.check(&checks)
      checks.whole(CodingKeys.visualEmbeddingSize, visualEmbeddingSize, 1...1_000_000)
      guard let backbone else { return }
      checks.require(
        backbone.vectorSize == visualEmbeddingSize, CodingKeys.visualEmbeddingSize,
        "is \(visualEmbeddingSize), the backbone's vectors have \(backbone.vectorSize)")
    }
  }

  private let text: TextEmbeddings
  private let visualTypes: Embedding
  private let visualPositions: PositionEmbeddings
  private let visualProjection: Linear
  private let norm: LayerNorm
  private let dropout: Dropout
  private let encoder: BERTEncoder
  private let pooler: Pooler?

  /// - Parameter hasPooler: whether the published pooler is there; a classifier that pools the tokens has no use
  ///   for it.
  package init(_ scope: Scope, _ configuration: Configuration, hasPooler: Bool) {
    let width = configuration.text.hiddenSize
    let embeddings = scope["embeddings"]
    text = TextEmbeddings(embeddings, configuration.text)
    visualTypes = Embedding(
      embeddings["visual_token_type_embeddings"], rows: configuration.text.tokenTypes, width: width)
    visualPositions = PositionEmbeddings(embeddings["visual_position_embeddings"], configuration.text)
    visualProjection = Linear(
      embeddings["visual_projection"], inputs: configuration.visualEmbeddingSize, outputs: width)
    norm = LayerNorm(
      embeddings["LayerNorm"], width: width, epsilon: configuration.text.layerNormEpsilon)
    dropout = Dropout(configuration.text.hiddenDropout)
    encoder = BERTEncoder(scope["encoder"], configuration.text)
    pooler = hasPooler ? Pooler(scope["pooler"], width: width) : nil
  }

  package var wordEmbeddings: Tensor { text.words.weight }

  package struct Output {
    /// The text's tokens before the first norm, `[tokens, hidden]`: they know nothing of the frames.
    package let embeddedText: Tensor
    /// `[tokens + frames, hidden]`: of each video its tokens, then its frames.
    package let hidden: Tensor
    /// `[videos, hidden]`
    package let pooled: Tensor?
  }

  /// - Parameter tokens: of the texts of all videos, `[tokens]` int64; one without text has its special tokens.
  /// - Parameter segments: of each token, `[tokens]` int64; nil where all are of segment 0.
  /// - Parameter vectors: of the frames that exist, `[frames, width]`, those of a video end to end; in their type it
  ///   computes.
  /// - Parameter positions: the place of each frame, `[frames]` int64; nil numbers them within their video, so that the
  ///   model sees the order. Hugging Face's default is 0 for all.
  package func callAsFunction(
    tokens: Tensor, segments: Tensor? = nil, vectors: Tensor, positions: Tensor? = nil,
    _ layout: VideoTextLayout, _ mode: Mode
  ) -> Output {
    self(
      embedded(tokens: tokens, vectors: vectors), segments: segments, positions: positions,
      type: vectors.type,
      layout, mode)
  }

  /// What a video says before anything is known of where it stands: what an explanation is looked for in.
  package struct Embedded {
    /// The words' embeddings, `[tokens, hidden]` float32.
    package let words: Tensor
    /// The frames' vectors in the same space, `[frames, hidden]`.
    package let frames: Tensor

    package init(words: Tensor, frames: Tensor) {
      self.words = words
      self.frames = frames
    }
  }

  package func embedded(tokens: Tensor, vectors: Tensor) -> Embedded {
    Embedded(words: text.words(tokens), frames: visualProjection(vectors))
  }

  /// - Parameter type: in which it computes.
  package func callAsFunction(
    _ embedded: Embedded, segments: Tensor? = nil, positions: Tensor? = nil, type: DataType,
    _ layout: VideoTextLayout, _ mode: Mode
  ) -> Output {
    let texts = text(words: embedded.words, segments: segments, layout.text).to(type)
    let frames = visual(embedded.frames, positions ?? layout.frames.positions)
    let stream = Tensor.concatenated([texts, frames])  // [tokens + frames, hidden], all texts first
      .gathered(layout.order)
    let hidden = encoder(dropout(norm(stream), mode), layout.attention, mode)
    return Output(embeddedText: texts, hidden: hidden, pooled: pooler.map { $0(hidden, layout.videos) })
  }

  /// Visual tokens are of segment 1, where text has more than one.
  private func visual(_ projected: Tensor, _ positions: Tensor) -> Tensor {
    projected
      + (visualTypes.weight.selected(0, min(1, visualTypes.weight.size(0) - 1)) + visualPositions(positions))
      .to(projected.type)
  }
}
