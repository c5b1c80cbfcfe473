package import NN
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
  }

  private let text: TextEmbeddings
  private let visualTypes: Embedding
  private let visualPositions: Embedding
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
    visualPositions = Embedding(
      embeddings["visual_position_embeddings"], rows: configuration.text.maximumPositions, width: width)
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
    package let sequences: PackedSequences
    /// `[videos, hidden]`
    package let pooled: Tensor?
  }

  /// - Parameter text: the texts of all videos; one without text still has its special tokens.
  /// - Parameter frames: vectors of the frames that exist, those of a video end to end.
  package func callAsFunction(_ text: PackedText, _ frames: PackedFrames, _ mode: Mode) -> Output {
    let textRanges = text.sequences.ranges
    let frameRanges = frames.sequences.ranges.map { range in
      range.lowerBound + text.sequences.tokens..<range.upperBound + text.sequences.tokens
    }
    let sequences = PackedSequences(
      lengths: zip(textRanges, frameRanges).map { $0.count + $1.count })
    let order = zip(textRanges, frameRanges).flatMap { Array($0) + Array($1) }.map(Int64.init)

    let parts = [self.text(text), visual(frames)].map { $0.to(frames.vectors.type) }
    let embedded = Tensor.concatenated(parts)  // [tokens + frames, hidden], all texts first
      .gathered(Tensor(order).to(frames.vectors.device))
    let hidden = encoder(dropout(norm(embedded), mode), sequences, mode)
    return Output(
      embeddedText: parts[0], hidden: hidden, sequences: sequences,
      pooled: pooler.map { $0(hidden, sequences) })
  }

  /// Visual tokens are of segment 1.
  private func visual(_ frames: PackedFrames) -> Tensor {
    visualProjection(frames.vectors) + visualTypes.weight.selected(0, 1).to(frames.vectors.type)
      + visualPositions(frames.positions).to(frames.vectors.type)
  }
}

/// The vectors of many videos' frames end to end.
package struct PackedFrames {
  /// `[frames, width]`
  package let vectors: Tensor
  /// The place of each frame, `[frames]` int64. Hugging Face's default is 0 for all; its own place lets the model
  /// see the order.
  package let positions: Tensor
  package let sequences: PackedSequences

  package init(vectors: Tensor, positions: Tensor, sequences: PackedSequences) {
    self.vectors = vectors
    self.positions = positions
    self.sequences = sequences
  }

  /// Frames numbered within their video.
  package init(vectors: Tensor, sequences: PackedSequences) {
    let positions = sequences.lengths.flatMap { (0..<Int64($0)).map(\.self) }
    self.init(vectors: vectors, positions: Tensor(positions).to(vectors.device), sequences: sequences)
  }
}
