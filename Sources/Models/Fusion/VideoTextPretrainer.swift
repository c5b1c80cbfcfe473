package import NN
package import Torch

/// A video-text encoder with what pre-training asks it by: a head for masked tokens, one that says whether text and frames
/// belong together, and spaces in which texts are compared with each other, and with frames.
package struct VideoTextPretrainer {
  /// Which questions there are.
  package struct Heads: Sendable, Equatable {
    package var tokens: Bool
    package var texts: Bool
    package var matching: Bool
    package var contrast: Bool

    package init(tokens: Bool, texts: Bool, matching: Bool, contrast: Bool) {
      self.tokens = tokens
      self.texts = texts
      self.matching = matching
      self.contrast = contrast
    }
  }

  package let encoder: VideoTextEncoder
  private let tokenHead: MaskedTokenHead?
  private let textHead: Linear?
  private let matchingHead: Linear?
  private let contrast: Contrast?

  private struct Contrast {
    let textNorm: LayerNorm
    let text: Linear
    let frameNorm: LayerNorm
    let frame: Linear
  }

  package init(_ scope: Scope, _ configuration: VideoTextEncoder.Configuration, _ heads: Heads) {
    let text = configuration.fusion.text
    encoder = VideoTextEncoder(scope, configuration)
    let own = scope.inFullPrecision
    tokenHead = heads.tokens ? MaskedTokenHead(scope["tokens"], text) : nil
    textHead = heads.texts ? Linear(own["texts"], inputs: text.hiddenSize, outputs: text.hiddenSize) : nil
    matchingHead = heads.matching ? Linear(own["matching"], inputs: 2 * text.hiddenSize, outputs: 2) : nil
    guard heads.contrast else {
      contrast = nil
      return
    }
    let (place, epsilon) = (own["contrast"], text.layerNormEpsilon)
    contrast = Contrast(
      textNorm: LayerNorm(place["text_norm"], width: text.hiddenSize, epsilon: epsilon),
      text: Linear(place["text"], inputs: text.hiddenSize, outputs: text.hiddenSize),
      frameNorm: LayerNorm(place["frame_norm"], width: configuration.vectorSize, epsilon: epsilon),
      frame: Linear(place["frame"], inputs: configuration.vectorSize, outputs: text.hiddenSize))
  }

  /// Logits of the words behind masked tokens, `[masked, vocabulary]` float32.
  /// - Parameter hidden: from the encoder, `[tokens + frames, hidden]`.
  /// - Parameter rows: of the masked tokens in it, `[masked]` int64.
  package func words(_ hidden: Tensor, at rows: Tensor) -> Tensor {
    guard let tokenHead else { preconditionFailure("masked tokens are not asked for") }
    return tokenHead(hidden.gathered(rows), encoder.wordEmbeddings)
  }

  /// The cosine of each video's first text and each video's others, `[videos, videos]` float32.
  /// - Parameter hidden: from the encoder, of the first text of a video, of its others, of the next video's first …
  package func cosines(_ hidden: Tensor, _ layout: VideoTextLayout) -> Tensor {
    guard let textHead else { preconditionFailure("texts are not asked for") }
    let texts = Self.unit(textHead(layout.videos.mean(hidden)))  // [2 * videos, hidden]
      .reshaped([layout.videos.lengths.count / 2, 2, -1])
    return texts.selected(1, 0).matmul(texts.selected(1, 1).transposed(0, 1))
  }

  /// Logits of "no" and "yes" for each video, `[videos, 2]` float32: whether all of its frames are its own.
  package func matches(_ hidden: Tensor, _ layout: VideoTextLayout) -> Tensor {
    guard let matchingHead else { preconditionFailure("matching is not asked for") }
    let pooled = layout.parts.mean(hidden)  // [2 * videos, hidden] float32: text, frames, text, …
    return matchingHead(pooled.reshaped([layout.videos.lengths.count, -1]))
  }

  /// The cosine of each text and each frame, `[texts, frames]` float32. A text is the mean of its embedded tokens, which know
  /// nothing of the frames.
  /// - Parameter embedded: tokens before the encoder, `[tokens, hidden]`.
  /// - Parameter vectors: of all frames, `[frames, width]`.
  /// - Parameter videos: those whose texts are compared, `[texts]` int64.
  /// - Parameter rows: the frames that are, int64.
  package func cosines(
    _ embedded: Tensor, _ vectors: Tensor, _ layout: VideoTextLayout, videos: Tensor, rows: Tensor
  ) -> Tensor {
    guard let contrast else { preconditionFailure("contrast is not asked for") }
    let texts = contrast.text(contrast.textNorm(layout.text.mean(embedded).gathered(videos)))
    let frames = contrast.frame(contrast.frameNorm(vectors.gathered(rows).to(.float32)))
    return Self.unit(texts).matmul(Self.unit(frames).transposed(0, 1))
  }

  /// Rows of length 1.
  private static func unit(_ rows: Tensor) -> Tensor { rows / rows.norm(along: -1).clamped(atLeast: 1e-6) }
}
