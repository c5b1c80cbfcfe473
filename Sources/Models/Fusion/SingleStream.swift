package import NN
package import Torch

/// The vectors of frames follow the text's tokens in one sequence for each video, and the layers of one text encoder read them
/// together, as VisualBERT (Li et al., 2019) does with BERT. With BERT's layers it has Hugging Face's names and numerics
/// (`transformers.VisualBertModel`).
package struct SingleStream: FusionEncoder {
  private let text: any TextEmbeddings
  private let visual: VisualTables
  private let visualProjection: Linear
  private let layers: any TextLayers
  private let pooler: Pooler?

  /// - Parameter hasPooler: whether the published pooler is there; a classifier that pools the tokens has no use
  ///   for it.
  package init(_ scope: Scope, _ configuration: FusionConfiguration, hasPooler: Bool = false) {
    let width = configuration.text.hiddenSize
    text = configuration.text.textEmbeddings(scope)
    visual = configuration.text.visualTables(scope)
    visualProjection = Linear(
      scope["embeddings.visual_projection"], inputs: configuration.visualEmbeddingSize, outputs: width)
    layers = configuration.text.textLayers(scope)
    pooler = hasPooler ? Pooler(scope["pooler"], width: width) : nil
  }

  package var wordEmbeddings: Tensor { text.words.weight }

  package func embedded(tokens: Tensor, vectors: Tensor) -> FusionInput {
    FusionInput(words: text.words(tokens), frames: visualProjection(vectors))
  }

  package func callAsFunction(
    _ embedded: FusionInput, segments: Tensor? = nil, positions: Tensor? = nil, type: DataType,
    _ layout: VideoTextLayout, _ mode: Mode
  ) -> FusionOutput {
    let texts = text(words: embedded.words, segments: segments, layout.text).to(type)
    let frames = visual(embedded.frames, positions ?? layout.frames.positions)
    let stream = Tensor.concatenated([texts, frames])  // [tokens + frames, hidden], all texts first
      .gathered(layout.order)
    let hidden = layers(text.normed(stream, mode), layout.together, mode)
    return FusionOutput(
      embeddedText: texts, hidden: hidden, pooled: pooler.map { $0(hidden, layout.videos) })
  }
}

/// What is added to frames that stand where tokens do: of their segment, and of their place among the frames.
package struct VisualTables {
  private let types: Embedding?
  private let positions: PositionEmbeddings?

  init(types: Embedding? = nil, positions: PositionEmbeddings? = nil) {
    self.types = types
    self.positions = positions
  }

  /// Frames are of segment 1, where text has more than one.
  /// - Parameter projected: `[frames, hidden]`.
  func callAsFunction(_ projected: Tensor, _ places: Tensor) -> Tensor {
    var added = positions.map { $0(places) }
    if let types {
      let type = types.weight.selected(0, min(1, types.weight.size(0) - 1))
      added = added.map { type + $0 } ?? type
    }
    return added.map { projected + $0.to(projected.type) } ?? projected
  }
}
