import NN
import Storage
import Torch

/// A vector of each video that its heads see, made of the last hidden states of its tokens or its frames.
///
/// Of a part that a video does not have it is zeros, whatever else is in the batch.
package enum Pooling: String, Choice {
  case textMean = "text_mean"
  case textMaximum = "text_max"
  /// The state of the first token, `[CLS]` in BERT.
  case textFirst = "text_first"
  /// A mean whose weights are a softmax of a learnt score.
  case textAttention = "text_attention"
  case framesMean = "frames_mean"
  case framesMaximum = "frames_max"
  case framesAttention = "frames_attention"
  /// `NeXtVLAD` with its gate.
  case framesNeXtVLAD = "frames_nextvlad"

  /// A mean of each part, so that many tokens do not drown few frames.
  package static let means = [Pooling.textMean, .framesMean]

  package var isOfText: Bool {
    switch self {
    case .textMean, .textMaximum, .textFirst, .textAttention: true
    case .framesMean, .framesMaximum, .framesAttention, .framesNeXtVLAD: false
    }
  }
}

/// The vectors that are asked for, side by side.
struct Pool {
  private let poolings: [Pooling]
  /// Of the two kinds that learn.
  private let scores: [Pooling: Linear]
  private let nextVLAD: NeXtVLAD?

  /// - Parameter heads: in full precision.
  /// - Parameter hidden: width of a hidden state, and of each vector.
  init(_ heads: Scope, _ poolings: [Pooling], hidden: Int) {
    self.poolings = poolings
    scores = Dictionary(
      uniqueKeysWithValues: poolings.filter { $0 == .textAttention || $0 == .framesAttention }.map {
        ($0, Linear(heads["\($0.rawValue)_score"], inputs: hidden, outputs: 1))
      })
    nextVLAD =
      poolings.contains(.framesNeXtVLAD)
      ? NeXtVLAD(heads["nextvlad"], width: hidden) : nil
  }

  /// - Parameter hidden: `[tokens + frames, hidden]`.
  /// - Returns: `[videos, vectors * hidden]` float32.
  func callAsFunction(_ hidden: Tensor, _ layout: VideoTextLayout) -> Tensor {
    // Of each video its text, then its frames: one sum over the stream makes what both ask for.
    func split(_ pooled: Tensor) -> [Tensor] {
      let both = pooled.reshaped([layout.videos.lengths.count, 2, hidden.size(-1)])
      return [both.selected(1, 0), both.selected(1, 1)]
    }
    lazy var means = split(layout.parts.mean(hidden))
    lazy var maxima = split(layout.parts.maximum(hidden))
    func attended(_ pooling: Pooling) -> [Tensor] {
      guard let score = scores[pooling] else { preconditionFailure("\(pooling) has no score") }
      return split(layout.parts.mean(hidden, weightedBy: score(hidden.to(.float32))))
    }
    return Tensor.concatenated(
      poolings.map { pooling in
        switch pooling {
        case .textMean: return means[0]
        case .framesMean: return means[1]
        case .textMaximum: return maxima[0]
        case .framesMaximum: return maxima[1]
        case .textFirst: return split(layout.parts.first(hidden))[0]
        case .textAttention: return attended(pooling)[0]
        case .framesAttention: return attended(pooling)[1]
        case .framesNeXtVLAD:
          guard let nextVLAD else { preconditionFailure("there is no NeXtVLAD") }
          return nextVLAD(hidden.gathered(layout.frameRows), layout.frames)
        }
      }, along: 1)
  }
}
