import Foundation
package import NN
package import Torch

/// Two streams as in LXMERT (Tan and Bansal, 2019): a text encoder reads the text, a few layers read the frames, and then in each
/// of some layers more both look at each other, at themselves, and go through an MLP of their own. Layers have the names and
/// numerics of Hugging Face's `LxmertEncoder`: `r_layers` those of frames, `x_layers` those across.
///
/// Text and frames of a video alone look at each other. What a video lacks adds nothing to what it has: frames do not look at the
/// special tokens that stand where there is no text.
package struct DualStream: FusionEncoder {
  private let text: any TextEmbeddings
  private let textLayers: any TextLayers
  private let projection: Linear
  private let frameNorm: LayerNorm
  private let frameLayers: [BERTLayer]
  private let crossLayers: [CrossLayer]
  private let dropout: Dropout

  static let beyondText = ["visual_norm.", "r_layers.", "x_layers."]

  package init(_ scope: Scope, _ configuration: FusionConfiguration) {
    let (own, width) = (configuration.text, configuration.text.hiddenSize)
    text = own.textEmbeddings(scope)
    projection = Linear(
      scope["embeddings.visual_projection"], inputs: configuration.visualEmbeddingSize, outputs: width)
    textLayers = own.textLayers(scope)
    frameNorm = LayerNorm(scope["visual_norm"], width: width, epsilon: own.layerNormEpsilon)
    frameLayers = (0..<configuration.streams.frameLayers).map {
      BERTLayer(
        scope["r_layers"][$0], width: width, heads: own.heads, intermediateSize: CrossLayer.mlpRatio * width,
        dropout: own.hiddenDropout, epsilon: own.layerNormEpsilon)
    }
    crossLayers = (0..<configuration.streams.crossLayers).map { CrossLayer(scope["x_layers"][$0], own) }
    dropout = Dropout(own.hiddenDropout)
  }

  package var wordEmbeddings: Tensor { text.words.weight }

  package func embedded(tokens: Tensor, vectors: Tensor) -> FusionInput {
    FusionInput(words: text.words(tokens), frames: projection(vectors))
  }

  package func callAsFunction(
    _ embedded: FusionInput, segments: Tensor? = nil, positions: Tensor? = nil, type: DataType,
    _ layout: VideoTextLayout, _ mode: Mode
  ) -> FusionOutput {
    let words = text(words: embedded.words, segments: segments, layout.text).to(type)
    let texts = textLayers(text.normed(words, mode), layout.textAlone, mode)
    // Half what a frame shows, half where it stands, as LXMERT has it of boxes.
    let places = Self.places(positions ?? layout.frames.positions, width: embedded.frames.size(-1))
    let frames = dropout((frameNorm(embedded.frames) + places.to(type)) * 0.5, mode)
    let shown = frameLayers.reduce(frames) { x, layer in layer(x, layout.framesAlone.attention, mode) }
    let pattern = layout.together.attention.across(layout.frameMarks)
    let (read, seen) = crossLayers.reduce((texts, shown)) { streams, layer in
      layer(text: streams.0, frames: streams.1, pattern, layout, mode)
    }
    return FusionOutput(
      embeddedText: words, hidden: Tensor.concatenated([read, seen]).gathered(layout.order), pooled: nil)
  }

  /// The place of each frame as sines and cosines of many periods (Vaswani et al., 2017), `[frames, width]` float32: there may be
  /// any number of frames.
  private static func places(_ places: Tensor, width: Int) -> Tensor {
    let count = (width + 1) / 2
    let frequencies = (0..<count).map { Float(pow(10_000, -Double($0) / Double(count))) }
    let angles =
      places.to(.float32).reshaped([-1, 1])
      * Tensor.uploading(frequencies, shape: [1, count], to: places.device)
    return Tensor.concatenated([angles.sine(), angles.cosine()], along: 1).narrowed(1, 0..<width)
  }
}

/// A layer in which text and frames look at each other, by the same weights in both directions, and then each goes its own way.
struct CrossLayer {
  /// How much wider MLPs are inside, LXMERT's and BERT's.
  static let mlpRatio = 4

  private let across: MultiHeadAttention
  private let norm: LayerNorm
  private let text: Half
  private let frames: Half
  private let dropout: Dropout

  /// What one stream does alone.
  private struct Half {
    let attention: MultiHeadAttention
    let rest: PostNorm

    init(_ scope: Scope, _ name: String, _ configuration: TextEncoderConfiguration) {
      let width = configuration.hiddenSize
      attention = MultiHeadAttention(
        bert: scope["\(name)_self_att.self"], output: scope["\(name)_self_att.output.dense"], width: width,
        heads: configuration.heads)
      rest = PostNorm(
        attention: scope["\(name)_self_att.output"], intermediate: scope["\(name)_inter"],
        output: scope["\(name)_output"], width: width, intermediateSize: CrossLayer.mlpRatio * width,
        dropout: configuration.hiddenDropout, epsilon: configuration.layerNormEpsilon)
    }

    func callAsFunction(_ x: Tensor, _ pattern: PackedAttention, _ mode: Mode) -> Tensor {
      rest(attention(x, pattern), x, mode)
    }
  }

  init(_ scope: Scope, _ configuration: TextEncoderConfiguration) {
    let (width, own) = (configuration.hiddenSize, scope["visual_attention"])
    across = MultiHeadAttention(
      bert: own["att"], output: own["output.dense"], width: width, heads: configuration.heads)
    norm = LayerNorm(own["output.LayerNorm"], width: width, epsilon: configuration.layerNormEpsilon)
    text = Half(scope, "lang", configuration)
    frames = Half(scope, "visn", configuration)
    dropout = Dropout(configuration.hiddenDropout)
  }

  /// `[tokens, hidden]` and `[frames, hidden]` → the same.
  /// - Parameter pattern: of both in one stream, each seeing the other alone.
  func callAsFunction(
    text: Tensor, frames: Tensor, _ pattern: PackedAttention, _ layout: VideoTextLayout, _ mode: Mode
  ) -> (Tensor, Tensor) {
    let stream = Tensor.concatenated([text, frames]).gathered(layout.order)  // [tokens + frames, hidden]
    let seen = dropout(across(stream, pattern), mode) * layout.counterparts.to(stream.type)
    let met = norm(seen + stream)
    return (
      self.text(met.gathered(layout.textRows), layout.textAlone.attention, mode),
      self.frames(met.gathered(layout.frameRows), layout.framesAlone.attention, mode)
    )
  }
}
