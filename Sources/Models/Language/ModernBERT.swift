package import NN
package import Storage
import Torch

/// ModernBERT (Warner et al., 2024) on packed text, with Hugging Face's names and numerics (`transformers.ModernBertModel`):
/// norms before each part and none with a bias, positions as rotations, a gated MLP, and layers that see the whole text in turn
/// with layers that see what is near.
///
/// Frames follow the text as further elements of its sequence. Layers that see what is near have them see, and be seen by,
/// all of their video: a window counts between tokens alone.
package enum ModernBERT {
  package struct Configuration: TextEncoderArchitecture {
    package var vocabularySize: Int
    package var hiddenSize: Int
    package var layers: Int
    package var heads: Int
    package var intermediateSize: Int
    package var maximumPositions = 8192
    /// The first layer sees the whole text, and so does every so many-th; 1 where all do.
    package var globalEvery = 3
    /// Tokens that the others see: half of them on either side.
    package var localAttention = 128
    package var globalBase = 160_000.0
    package var localBase = 10_000.0
    package var hiddenDropout = 0.0
    package var layerNormEpsilon = 1e-5

    enum CodingKeys: String, CodingKey {
      case vocabularySize = "vocab_size"
      case hiddenSize = "hidden_size"
      case layers = "num_hidden_layers"
      case heads = "num_attention_heads"
      case intermediateSize = "intermediate_size"
      case maximumPositions = "max_position_embeddings"
      case globalEvery = "global_attn_every_n_layers"
      case localAttention = "local_attention"
      case globalBase = "global_rope_theta"
      case localBase = "local_rope_theta"
      case hiddenDropout = "hidden_dropout_prob"
      case layerNormEpsilon = "norm_eps"
    }

    package static let base = Self(
      vocabularySize: 50_368, hiddenSize: 768, layers: 22, heads: 12, intermediateSize: 1152)
    package static let published: [String: Self] = [
      "modernbert-base": base,
      "modernbert-large": Self(
        vocabularySize: 50_368, hiddenSize: 1024, layers: 28, heads: 16, intermediateSize: 2624),
    ]
  }
}

extension ModernBERT.Configuration {
  package init(vocabularySize: Int, hiddenSize: Int, layers: Int, heads: Int, intermediateSize: Int) {
    self.vocabularySize = vocabularySize
    self.hiddenSize = hiddenSize
    self.layers = layers
    self.heads = heads
    self.intermediateSize = intermediateSize
  }

  package var positions: Int {
    get { maximumPositions }
    set { maximumPositions = newValue }
  }

  package func textEmbeddings(_ scope: Scope) -> any TextEmbeddings { ModernBERTEmbeddings(scope, self) }
  package func textLayers(_ scope: Scope) -> any TextLayers { ModernBERTLayers(scope, self) }
  package func visualTables(_: Scope) -> VisualTables { VisualTables() }

  package func check(_ checks: inout SettingChecks) {
    checks.whole(CodingKeys.vocabularySize, vocabularySize, 1...10_000_000)
    checks.whole(CodingKeys.hiddenSize, hiddenSize, 1...16_384)
    checks.whole(CodingKeys.layers, layers, 1...512)
    checks.whole(CodingKeys.heads, heads, 1...1024)
    checks.whole(CodingKeys.intermediateSize, intermediateSize, 1...262_144)
    checks.whole(CodingKeys.maximumPositions, maximumPositions, 1...1_000_000)
    checks.whole(CodingKeys.globalEvery, globalEvery, 1...512)
    checks.whole(CodingKeys.localAttention, localAttention, 1...1_000_000)
    checks.number(CodingKeys.globalBase, globalBase, 1...1e12)
    checks.number(CodingKeys.localBase, localBase, 1...1e12)
    checks.part(CodingKeys.hiddenDropout, hiddenDropout)
    checks.number(CodingKeys.layerNormEpsilon, layerNormEpsilon, 0...1)
    guard checks.problem == nil else { return }
    checks.require(
      hiddenSize.isMultiple(of: 2 * heads), CodingKeys.heads,
      "is \(heads), must divide the width \(hiddenSize) into even parts")
  }

  fileprivate func norm(_ scope: Scope) -> LayerNorm {
    LayerNorm(scope, width: hiddenSize, epsilon: layerNormEpsilon, hasBias: false)
  }

  fileprivate func isGlobal(_ layer: Int) -> Bool { layer.isMultiple(of: globalEvery) }
}

private struct ModernBERTEmbeddings: TextEmbeddings {
  let words: Embedding
  private let norm: LayerNorm
  private let dropout: Dropout

  init(_ scope: Scope, _ configuration: ModernBERT.Configuration) {
    words = Embedding(
      scope["tok_embeddings"], rows: configuration.vocabularySize, width: configuration.hiddenSize)
    norm = configuration.norm(scope["norm"])
    dropout = Dropout(configuration.hiddenDropout)
  }

  func callAsFunction(words: Tensor, segments: Tensor?, _ sequences: PackedSequences) -> Tensor { words }
  func normed(_ stream: Tensor, _ mode: Mode) -> Tensor { dropout(norm(stream), mode) }
}

private struct ModernBERTLayers: TextLayers {
  private let layers: [Layer]
  private let norm: LayerNorm
  private let configuration: ModernBERT.Configuration

  init(_ scope: Scope, _ configuration: ModernBERT.Configuration) {
    layers = (0..<configuration.layers).map {
      Layer(scope["layers"][$0], configuration, isFirst: $0 == 0)
    }
    norm = configuration.norm(scope["final_norm"])
    self.configuration = configuration
  }

  func callAsFunction(_ stream: Tensor, _ layout: StreamLayout, _ mode: Mode) -> Tensor {
    let width = configuration.hiddenSize / configuration.heads
    let near = layout.attention.within(
      configuration.localAttention / 2, sparing: layout.frames, on: stream.device)
    let (far, close) = withoutGradients {
      (
        RotaryPlaces(layout.positions, width: width, base: configuration.globalBase),
        RotaryPlaces(layout.positions, width: width, base: configuration.localBase)
      )
    }
    let hidden = layers.enumerated().reduce(stream) { x, layer in
      configuration.isGlobal(layer.offset)
        ? layer.element(x, layout.attention, far, mode) : layer.element(x, near, close, mode)
    }
    return norm(hidden)
  }

  private struct Layer {
    /// None in the first, whose input is normed already.
    let attentionNorm: LayerNorm?
    let attention: MultiHeadAttention
    let mlpNorm: LayerNorm
    let input: Linear
    let output: Linear
    let dropout: Dropout
    let intermediateSize: Int

    init(_ scope: Scope, _ configuration: ModernBERT.Configuration, isFirst: Bool) {
      let (width, inner) = (configuration.hiddenSize, configuration.intermediateSize)
      attentionNorm = isFirst ? nil : configuration.norm(scope["attn_norm"])
      attention = MultiHeadAttention(
        queryKeyValue: Linear(scope["attn.Wqkv"], inputs: width, outputs: 3 * width, hasBias: false),
        output: Linear(scope["attn.Wo"], inputs: width, outputs: width, hasBias: false),
        heads: configuration.heads)
      mlpNorm = configuration.norm(scope["mlp_norm"])
      input = Linear(scope["mlp.Wi"], inputs: width, outputs: 2 * inner, hasBias: false)
      output = Linear(scope["mlp.Wo"], inputs: inner, outputs: width, hasBias: false)
      dropout = Dropout(configuration.hiddenDropout)
      intermediateSize = inner
    }

    func callAsFunction(
      _ stream: Tensor, _ pattern: PackedAttention, _ places: RotaryPlaces, _ mode: Mode
    ) -> Tensor {
      let attended = attention(attentionNorm?(stream) ?? stream, pattern, turning: places)
      let x = stream + dropout(attended, mode)  // [elements, hidden]
      let parts = input(mlpNorm(x)).split([intermediateSize, intermediateSize], along: 1)
      return x + output(dropout(parts[0].gelu() * parts[1], mode))
    }
  }
}
