package import NN
package import Storage
package import Torch

/// What reads the tokens of a video's text and the vectors of its frames together.
package protocol FusionEncoder {
  /// The table of word embeddings, `[vocabulary, hidden]` float32.
  var wordEmbeddings: Tensor { get }

  /// - Parameter tokens: of the texts of all videos, `[tokens]` int64; one without text has its special tokens.
  /// - Parameter vectors: of the frames that exist, `[frames, width]`, those of a video end to end.
  func embedded(tokens: Tensor, vectors: Tensor) -> FusionInput

  /// - Parameter segments: of each token, `[tokens]` int64; nil where all are of segment 0.
  /// - Parameter positions: the place of each frame, `[frames]` int64; nil numbers them within their video, so that the
  ///   model sees the order.
  /// - Parameter type: in which it computes.
  func callAsFunction(
    _ embedded: FusionInput, segments: Tensor?, positions: Tensor?, type: DataType, _ layout: VideoTextLayout,
    _ mode: Mode
  ) -> FusionOutput
}

/// What a video says before anything is known of where it stands: what an explanation is looked for in.
package struct FusionInput {
  /// The words' embeddings, `[tokens, hidden]` float32.
  package let words: Tensor
  /// The frames' vectors in the same space, `[frames, hidden]`.
  package let frames: Tensor

  package init(words: Tensor, frames: Tensor) {
    self.words = words
    self.frames = frames
  }
}

package struct FusionOutput {
  /// The text's tokens before the first norm, `[tokens, hidden]`: they know nothing of the frames.
  package let embeddedText: Tensor
  /// `[tokens + frames, hidden]`: of each video its tokens, then its frames.
  package let hidden: Tensor
  /// `[videos, hidden]`
  package let pooled: Tensor?
}

/// How text and frames meet.
package struct FusionConfiguration: Codable, Sendable, Equatable {
  package var text: TextEncoderConfiguration
  /// Width of a frame's vector.
  package var visualEmbeddingSize: Int
  package var streams: Streams

  package init(text: TextEncoderConfiguration, visualEmbeddingSize: Int, streams: Streams = Streams()) {
    self.text = text
    self.visualEmbeddingSize = visualEmbeddingSize
    self.streams = streams
  }

  enum CodingKeys: String, CodingKey {
    case text
    case visualEmbeddingSize = "visual_embedding_dim"
    case streams
  }

  package func encoder(_ scope: Scope) -> any FusionEncoder {
    switch streams.kind {
    case .single: SingleStream(scope, self)
    case .dual: DualStream(scope, self)
    }
  }

  /// What depends on where frames' vectors come from, as `NamePatterns`.
  package static let projection = ["embeddings.visual_projection."]
  /// What tells frames from tokens, and one frame from the next, in a single stream of BERT's or DeBERTa's.
  package static let visualTables = [
    "embeddings.visual_token_type_embeddings.", "embeddings.visual_position_embeddings.",
  ]
  /// What no text encoder has that was trained alone.
  package static let beyondText = projection + DualStream.beyondText

  /// Notes what no model can be made from.
  /// - Parameter backbone: which the vectors come from, if they are not stored ones.
  func check(_ checks: inout SettingChecks, backbone: BackboneConfiguration?) {
    checks.within(CodingKeys.text) { text.check(&$0) }
    checks.within(CodingKeys.streams) { streams.check(&$0) }
    checks.whole(CodingKeys.visualEmbeddingSize, visualEmbeddingSize, 1...1_000_000)
    guard let backbone else { return }
    checks.require(
      backbone.vectorSize == visualEmbeddingSize, CodingKeys.visualEmbeddingSize,
      "is \(visualEmbeddingSize), the backbone's vectors have \(backbone.vectorSize)")
  }
}

/// Whether text and frames are one sequence from the first layer on, or two that look at each other in layers behind their own.
package struct Streams: Codable, Sendable, Equatable {
  package enum Kind: String, Choice { case single, dual }

  package var kind = Kind.single
  /// Of two streams: layers of the frames before they meet the text.
  package var frameLayers = 2
  /// Of two streams: layers in which they look at each other.
  package var crossLayers = 3

  package init(kind: Kind = .single, frameLayers: Int = 2, crossLayers: Int = 3) {
    self.kind = kind
    self.frameLayers = frameLayers
    self.crossLayers = crossLayers
  }

  package enum CodingKeys: String, CodingKey {
    case kind
    case frameLayers = "frame_layers"
    case crossLayers = "cross_layers"
  }

  /// Notes what no model can be made from.
  package func check(_ checks: inout SettingChecks) {
    checks.whole(CodingKeys.frameLayers, frameLayers, 0...512)
    checks.whole(CodingKeys.crossLayers, crossLayers, 1...512)
  }
}
