package import NN
package import Storage
import Torch

/// DeBERTa in its second and third version (He et al., 2021) on packed text, with Hugging Face's names and numerics
/// (`transformers.DebertaV2Model`): how far tokens are apart is a part of each layer's attention (`DisentangledAttention`), and
/// with `position_biased_input` their place also of the input.
///
/// Frames follow the text as further elements of its sequence: how far they are from a token counts on.
package enum DeBERTa {
  package struct Configuration: TextEncoderArchitecture {
    package var vocabularySize: Int
    package var hiddenSize: Int
    package var layers: Int
    package var heads: Int
    package var intermediateSize: Int
    package var maximumPositions = 512
    /// 0 where no segments are told apart.
    package var tokenTypes = 0
    /// Whether places are added to the input as well.
    package var hasInputPositions = false
    /// Distances of which each has a vector of its own or one in common with others about as far; none where all up to
    /// `maximumDistance` have their own.
    package var buckets: Int? = 256
    /// From here on all distances are one.
    package var maximumDistance = 512
    /// Whether distances are made queries and keys by the layers that contents are.
    package var sharesKeys = true
    /// What is added to the product of contents.
    package var distanceAttention: [DistanceAttention] = [.contentToPosition, .positionToContent]
    /// Whether the vectors of distances are normed.
    package var normsDistances = true
    package var hiddenDropout = 0.1
    package var layerNormEpsilon = 1e-7

    enum CodingKeys: String, CodingKey {
      case vocabularySize = "vocab_size"
      case hiddenSize = "hidden_size"
      case layers = "num_hidden_layers"
      case heads = "num_attention_heads"
      case intermediateSize = "intermediate_size"
      case maximumPositions = "max_position_embeddings"
      case tokenTypes = "type_vocab_size"
      case hasInputPositions = "position_biased_input"
      case buckets = "position_buckets"
      case maximumDistance = "max_relative_positions"
      case sharesKeys = "share_att_key"
      case distanceAttention = "pos_att_type"
      case normsDistances = "norm_rel_ebd"
      case hiddenDropout = "hidden_dropout_prob"
      case layerNormEpsilon = "layer_norm_eps"
    }

    package static let base = Self(
      vocabularySize: 128_100, hiddenSize: 768, layers: 12, heads: 12, intermediateSize: 3072)
    /// The sizes of DeBERTa-v3, and of mDeBERTa-v3.
    package static let published: [String: Self] = [
      "deberta-v3-xsmall": Self(
        vocabularySize: 128_100, hiddenSize: 384, layers: 12, heads: 6, intermediateSize: 1536),
      "deberta-v3-small": Self(
        vocabularySize: 128_100, hiddenSize: 768, layers: 6, heads: 12, intermediateSize: 3072),
      "deberta-v3-base": base,
      "deberta-v3-large": Self(
        vocabularySize: 128_100, hiddenSize: 1024, layers: 24, heads: 16, intermediateSize: 4096),
      "mdeberta-v3-base": Self(
        vocabularySize: 251_000, hiddenSize: 768, layers: 12, heads: 12, intermediateSize: 3072),
    ]
  }

  package enum DistanceAttention: String, Codable, Sendable, CaseIterable {
    /// What a token looks for at a distance.
    case contentToPosition = "c2p"
    /// What a distance looks for in a token.
    case positionToContent = "p2c"
  }
}

extension DeBERTa.Configuration {
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

  /// Vectors of distances on either side of none.
  var span: Int { buckets ?? maximumDistance }

  package func textEmbeddings(_ scope: Scope) -> any TextEmbeddings { DeBERTaEmbeddings(scope, self) }
  package func textLayers(_ scope: Scope) -> any TextLayers { DeBERTaEncoder(scope["encoder"], self) }
  package func visualTables(_ scope: Scope) -> VisualTables {
    VisualTables(
      types: tokenTypes > 0
        ? Embedding(scope["visual_token_type_embeddings"], rows: tokenTypes, width: hiddenSize) : nil,
      positions: hasInputPositions
        ? PositionEmbeddings(scope["visual_position_embeddings"], rows: maximumPositions, width: hiddenSize)
        : nil)
  }

  package func check(_ checks: inout SettingChecks) {
    checks.whole(CodingKeys.vocabularySize, vocabularySize, 1...10_000_000)
    checks.whole(CodingKeys.hiddenSize, hiddenSize, 1...16_384)
    checks.whole(CodingKeys.layers, layers, 1...512)
    checks.whole(CodingKeys.heads, heads, 1...1024)
    checks.whole(CodingKeys.intermediateSize, intermediateSize, 1...262_144)
    checks.whole(CodingKeys.maximumPositions, maximumPositions, 1...1_000_000)
    checks.whole(CodingKeys.tokenTypes, tokenTypes, 0...1024)
    checks.whole(CodingKeys.maximumDistance, maximumDistance, 1...1_000_000)
    checks.part(CodingKeys.hiddenDropout, hiddenDropout)
    checks.number(CodingKeys.layerNormEpsilon, layerNormEpsilon, 0...1)
    checks.require(
      !distanceAttention.isEmpty && Set(distanceAttention).count == distanceAttention.count,
      CodingKeys.distanceAttention, "must name c2p, p2c or both, and none twice")
    guard checks.problem == nil else { return }
    if let buckets {
      checks.require(
        buckets >= 4 && buckets / 2 + 1 < maximumDistance, CodingKeys.buckets,
        "is \(buckets), must be at least 4 and make fewer of \(maximumDistance) distances")
    }
    checks.require(
      hiddenSize.isMultiple(of: heads), CodingKeys.heads,
      "is \(heads), must divide the width \(hiddenSize)")
  }
}

private struct DeBERTaEmbeddings: TextEmbeddings {
  let words: Embedding
  private let positions: PositionEmbeddings?
  private let types: Embedding?
  private let norm: LayerNorm
  private let dropout: Dropout

  init(_ scope: Scope, _ configuration: DeBERTa.Configuration) {
    let width = configuration.hiddenSize
    words = Embedding(scope["word_embeddings"], rows: configuration.vocabularySize, width: width)
    positions =
      configuration.hasInputPositions
      ? PositionEmbeddings(
        scope["position_embeddings"], rows: configuration.maximumPositions, width: width) : nil
    types =
      configuration.tokenTypes > 0
      ? Embedding(scope["token_type_embeddings"], rows: configuration.tokenTypes, width: width) : nil
    norm = LayerNorm(scope["LayerNorm"], width: width, epsilon: configuration.layerNormEpsilon)
    dropout = Dropout(configuration.hiddenDropout)
  }

  func callAsFunction(words: Tensor, segments: Tensor?, _ sequences: PackedSequences) -> Tensor {
    var sum = words
    if let positions { sum = sum + positions(sequences.positions) }
    if let types { sum = sum + (segments.map { types($0) } ?? types.weight.selected(0, 0)) }
    return sum
  }

  func normed(_ stream: Tensor, _ mode: Mode) -> Tensor { dropout(norm(stream), mode) }
}

private struct DeBERTaEncoder: TextLayers {
  private let distances: Distances
  private let layers: [(attention: DisentangledAttention, rest: PostNorm)]

  init(_ scope: Scope, _ configuration: DeBERTa.Configuration) {
    distances = Distances(scope, configuration)
    layers = (0..<configuration.layers).map { number in
      let layer = scope["layer"][number]
      return (
        DisentangledAttention(layer["attention"], configuration),
        PostNorm(
          attention: layer["attention.output"], intermediate: layer["intermediate"], output: layer["output"],
          width: configuration.hiddenSize, intermediateSize: configuration.intermediateSize,
          dropout: configuration.hiddenDropout, epsilon: configuration.layerNormEpsilon)
      )
    }
  }

  func callAsFunction(_ stream: Tensor, _ layout: StreamLayout, _ mode: Mode) -> Tensor {
    let table = distances.table.to(stream.type)
    let rows = distances.rows(upTo: layout.attention.longest, on: stream.device)
    return layers.reduce(stream) { x, layer in
      layer.rest(layer.attention(x, layout.attention, table, rows, mode), x, mode)
    }
  }
}
