import Batching
import Dataset
import Models
import NN
import Torch

/// What each token and each frame of a video adds to a probability (integrated gradients; Sundararajan, Taly and Yan,
/// "Axiomatic Attribution for Deep Networks", 2017):
///
///     value(i) = Σ over its dimensions of (x_i - x'_i) · ∫₀¹ ∂F(x' + α · (x - x')) / ∂x_i dα
///
/// x are the embeddings of the words and the projected vectors of the frames, before anything is added that tells where they
/// stand. x' are the embedding of a masked word, which training has shown the models where it masks words, and 0 for each
/// frame; special tokens stay what they are. The values add up to `F(x) - F(x')`, but for what the steps of the integral
/// leave.
struct IntegratedGradients {
  let models: [VideoTextClassifier]
  /// Of each model in the mean.
  let weights: [Double]
  let destination: InputDestination
  /// Places on the way that are looked at.
  let steps: Int

  /// Videos in a batch: as many places are looked at together.
  private static let together = 8

  struct Values {
    /// Of each token, special ones 0.
    var tokens: [Double]
    /// Of each frame.
    var frames: [Double]
    /// What is predicted with words masked, and nothing in the place of frames.
    var baseline: Double
    /// What is predicted of the video.
    var probability: Double
  }

  /// A place on the way.
  private typealias Node = (place: Double, weight: Double)

  /// - Parameter masked: the sample's tokens, those of words masked.
  /// - Parameter category: the number of the category whose probability is looked at.
  /// - Parameter outcome: from the mean of the models to what is predicted.
  /// - Throws: `VideoTooLarge` where not even one place at a time fits into memory.
  func callAsFunction(
    of sample: Sample, masked: [Int32], category: Int, id: String, _ outcome: FinalProbabilities
  ) throws -> Values {
    precondition(masked.count == sample.tokens.count, "\(masked.count) of \(sample.tokens.count) tokens")
    // Both ends are looked at for what they predict, not for their gradients.
    let nodes: [Node] = [(0, 0), (1, 0)] + GaussLegendre.nodes(steps)
    var parts = (nodes.count + Self.together - 1) / Self.together
    return try fittingIntoMemory(parts: &parts, most: nodes.count, ids: { [id] }) { parts in
      let parts = min(parts, nodes.count)  // halved, they may be more than there are places
      let ways = withoutGradients { self.ways(of: sample, masked: masked) }
      var sum = Values(
        tokens: Array(repeating: 0, count: sample.tokens.count),
        frames: Array(repeating: 0, count: sample.pictures.count), baseline: 0, probability: 0)
      for part in 0..<parts {
        let range = nodes.count * part / parts..<nodes.count * (part + 1) / parts
        let chunk = Array(nodes[range])
        let predicted = add(chunk, of: ways, sample, category, outcome, to: &sum)
        for (node, value) in zip(chunk, predicted) where node.weight == 0 {
          if node.place == 0 { sum.baseline = value } else { sum.probability = value }
        }
      }
      return sum
    }.value
  }

  /// Where a model's embeddings of a video begin, and how far it is to what they are.
  private struct Way {
    let model: VideoTextClassifier
    /// Of tokens, `[tokens, hidden]`; of frames it is 0.
    let start: Tensor
    /// `[tokens, hidden]`; 0 of special ones.
    let words: Tensor
    /// `[frames, hidden]`
    let frames: Tensor
  }

  private func ways(of sample: Sample, masked: [Int32]) -> [Way] {
    let input = PackedBatch(Batch([sample])) { _ in }.send(to: destination)
    let masked = Tensor(masked.map(Int64.init)).to(destination.device)
    return models.map { model in
      let vectors = model.encoder.vectors(of: input.pictures, .evaluation)
      let embedded = model.encoder.embedded(tokens: input.tokens, vectors: vectors)
      let start = model.encoder.embedded(tokens: masked, vectors: vectors).words
      return Way(model: model, start: start, words: embedded.words - start, frames: embedded.frames)
    }
  }

  /// Adds what some places contribute.
  /// - Returns: what is predicted at each.
  private func add(
    _ nodes: [Node], of ways: [Way], _ sample: Sample, _ category: Int, _ outcome: FinalProbabilities,
    to sum: inout Values
  ) -> [Double] {
    let layout = VideoTextLayout(
      tokenCounts: nodes.map { _ in sample.tokens.count },
      frameCounts: nodes.map { _ in sample.pictures.count },
      hasText: nodes.map { _ in sample.status.hasText }, type: destination.type, on: destination.device)
    let places = Tensor(nodes.map { Float($0.place) }, shape: [nodes.count, 1, 1]).to(destination.device)
    // First what all models together predict, then each model's own gradient: only one graph is in memory.
    let mean = withoutGradients {
      let each = zip(ways, weights).map { way, weight in
        way.model.logits(point(of: way, places), type: destination.type, layout).softmax(along: -1) * weight
      }
      return each.dropFirst().reduce(each[0], +)  // [places, categories]
    }
    let rows = Self.rows(mean)
    let gradients = zip(nodes, rows).map { node, row in
      node.weight == 0 ? row.map { _ in 0 } : outcome.gradient(of: category, at: row).map { $0 * node.weight }
    }
    let seed = Tensor(gradients.flatMap { $0.map(Float.init) }, shape: mean.shape).to(destination.device)
    for (way, weight) in zip(ways, weights) {
      let point = withoutGradients { self.point(of: way, places) }
      point.words.requiresGradient = true
      point.frames.requiresGradient = true
      let probabilities = way.model.logits(point, type: destination.type, layout).softmax(along: -1)
      let found = ((probabilities * seed).sum() * weight).gradients(of: [point.words, point.frames])
      withoutGradients {
        Self.add(found[0], along: way.words, to: &sum.tokens)
        Self.add(found[1], along: way.frames, to: &sum.frames)
      }
    }
    return rows.map { outcome($0)[category] }
  }

  /// The embeddings at some places on the way, one video after the other.
  private func point(of way: Way, _ places: Tensor) -> FusionInput {
    func stream(_ tensor: Tensor) -> Tensor { tensor.reshaped([-1, tensor.size(-1)]) }
    return FusionInput(
      words: stream(way.words * places + way.start), frames: stream(way.frames * places))
  }

  /// - Parameter gradient: of all places, `[places * rows, hidden]`; nil where nothing depends on it.
  private static func add(_ gradient: Tensor?, along way: Tensor, to values: inout [Double]) {
    guard let gradient, !values.isEmpty else { return }
    let products = gradient.reshaped([-1] + way.shape) * way  // [places, rows, hidden]
    let found = products.sum(along: -1).sum(along: 0).to(.float32).to(.cpu).values(Float.self)
    for (row, value) in found.enumerated() { values[row] += Double(value) }
  }

  private static func rows(_ matrix: Tensor) -> [[Double]] {
    let columns = matrix.size(1)
    let flat = matrix.to(.cpu).values(Float.self).map(Double.init)
    return (0..<matrix.size(0)).map { Array(flat[$0 * columns..<($0 + 1) * columns]) }
  }
}
