package import NN
package import Torch

// A text encoder is made in two parts, so that frames can come between them: what turns tokens into vectors, and the layers in
// which they see each other.

/// What stands before the layers of a text encoder.
package protocol TextEmbeddings {
  /// The table of the words' embeddings, `[vocabulary, hidden]` float32.
  var words: Embedding { get }

  /// Words' embeddings with all that is added to them before the first norm, `[tokens, hidden]` float32.
  /// - Parameter segments: of each token, `[tokens]` int64; nil where all are of segment 0.
  func callAsFunction(words: Tensor, segments: Tensor?, _ sequences: PackedSequences) -> Tensor

  /// The first norm and dropout, `[elements, hidden]` → `[elements, hidden]`.
  func normed(_ stream: Tensor, _ mode: Mode) -> Tensor
}

/// The layers of a text encoder, with the last norm where there is one.
package protocol TextLayers {
  /// `[elements, hidden]` → `[elements, hidden]`
  func callAsFunction(_ stream: Tensor, _ layout: StreamLayout, _ mode: Mode) -> Tensor
}

/// How layers read a stream.
package struct StreamLayout {
  package let attention: PackedAttention
  /// The place of each element in its sequence, `[elements]` int64.
  package let positions: Tensor
  /// 1 of a frame, 0 of a token, `[elements]` float32; nil where there are tokens alone.
  package let frames: Tensor?

  package init(attention: PackedAttention, positions: Tensor, frames: Tensor? = nil) {
    self.attention = attention
    self.positions = positions
    self.frames = frames
  }
}

/// A text encoder of any architecture, reading texts alone.
package struct TextEncoder {
  private let embeddings: any TextEmbeddings
  private let layers: any TextLayers
  private let pooler: Pooler?

  /// - Parameter hasPooler: whether the pooler of BERT's family is wanted.
  package init(_ scope: Scope, _ configuration: TextEncoderConfiguration, hasPooler: Bool = false) {
    embeddings = configuration.textEmbeddings(scope)
    layers = configuration.textLayers(scope)
    pooler = hasPooler ? Pooler(scope["pooler"], width: configuration.hiddenSize) : nil
  }

  /// - Returns: the last hidden state of each token `[tokens, hidden]`, and the pooled first token of each sequence
  ///   `[sequences, hidden]`.
  package func callAsFunction(_ text: PackedText, _ mode: Mode) -> (hidden: Tensor, pooled: Tensor?) {
    let embedded = embeddings(
      words: embeddings.words(text.tokens), segments: text.types, text.sequences)
    let layout = StreamLayout(attention: text.attention, positions: text.sequences.positions)
    let hidden = layers(embeddings.normed(embedded, mode), layout, mode)
    return (hidden, pooler.map { $0(hidden, text.sequences) })
  }
}

/// The tokens of many texts end to end.
package struct PackedText {
  /// `[tokens]` int64.
  package let tokens: Tensor
  /// The segment of each token, `[tokens]` int64; nil where all are of segment 0.
  package let types: Tensor?
  package let sequences: PackedSequences
  /// Each token sees its own text.
  package let attention: PackedAttention

  /// - Parameter lengths: tokens of each text.
  package init(tokens: Tensor, types: Tensor? = nil, lengths: [Int]) {
    var upload = Upload()
    let sequences = PackedSequences.Plan(lengths: lengths, in: &upload)
    let attention = PackedAttention.Plan(lengths: lengths, in: &upload)
    let sent = upload.send(to: tokens.device, computing: .float32)
    self.tokens = tokens
    self.types = types
    self.sequences = PackedSequences(sequences, sent)
    self.attention = PackedAttention(attention, sent)
  }
}

/// `tanh` of a linear layer over the first token of each sequence, as BERT's family was trained with.
struct Pooler {
  private let dense: Linear

  init(_ scope: Scope, width: Int) { dense = Linear(scope["dense"], inputs: width, outputs: width) }

  func callAsFunction(_ hidden: Tensor, _ sequences: PackedSequences) -> Tensor {
    dense(hidden.gathered(sequences.starts)).tanh()
  }
}
