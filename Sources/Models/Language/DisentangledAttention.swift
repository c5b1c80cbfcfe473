import Foundation
import NN
import Torch

/// The vectors of how far one token is behind another, in common for all layers of a DeBERTa.
/// Parameters: `rel_embeddings.weight [2 * span, hidden]`, and those of a norm.
struct Distances {
  private let embedding: Embedding
  private let norm: LayerNorm?
  private let configuration: DeBERTa.Configuration

  init(_ scope: Scope, _ configuration: DeBERTa.Configuration) {
    self.configuration = configuration
    embedding = Embedding(
      scope["rel_embeddings"], rows: 2 * configuration.span, width: configuration.hiddenSize)
    norm =
      configuration.normsDistances
      ? LayerNorm(
        scope["LayerNorm"], width: configuration.hiddenSize, epsilon: configuration.layerNormEpsilon) : nil
  }

  /// `[2 * span, hidden]`
  var table: Tensor { norm?(embedding.weight) ?? embedding.weight }

  /// Where in the table the distances of sequences are.
  struct Rows {
    /// That of each distance from `1 - length` to `length - 1`, int64 `[2 * length - 1]`.
    let table: Tensor
    /// The numbers of these from the last to the first.
    let backwards: Tensor
  }

  func rows(upTo length: Int, on device: Device) -> Rows {
    let (span, length) = (configuration.span, max(length, 1))
    let rows = (1 - length...length - 1).map { distance in
      Int64(min(max(Self.bucket(distance, configuration) + span, 0), 2 * span - 1))
    }
    return Rows(
      table: .uploading(rows, to: device),
      backwards: .uploading(rows.indices.reversed().map(Int64.init), to: device))
  }

  /// Near distances are themselves, further ones lie in buckets that grow with them, in float32 as published.
  static func bucket(_ distance: Int, _ configuration: DeBERTa.Configuration) -> Int {
    guard let buckets = configuration.buckets, distance.magnitude > buckets / 2 else { return distance }
    let middle = Float(buckets / 2)
    let largest = logf(Float(Double(configuration.maximumDistance - 1) / Double(buckets / 2)))
    let place = logf(Float(distance.magnitude) / middle) / largest * (middle - 1)
    return (Int(place.rounded(.up)) + buckets / 2) * distance.signum()
  }
}

/// Attention whose scores are the product of contents, and those of contents and distances (He et al., 2021):
///
///     score(q, k) = (query_q · key_k + query_q · K_δ + key_k · Q_δ) / √(width · terms),  δ = bucket(q - k)
struct DisentangledAttention {
  private let attention: MultiHeadAttention
  /// Where distances have layers of their own.
  private let (keys, queries): (Linear?, Linear?)
  private let configuration: DeBERTa.Configuration
  private let dropout: Dropout

  init(_ scope: Scope, _ configuration: DeBERTa.Configuration) {
    let width = configuration.hiddenSize
    let own = scope["self"]
    attention = MultiHeadAttention(
      queryKeyValue: Linear(
        joining: [own["query_proj"], own["key_proj"], own["value_proj"]], inputs: width, outputs: width),
      output: Linear(scope["output.dense"], inputs: width, outputs: width), heads: configuration.heads)
    func ownLayer(_ name: String, _ kind: DeBERTa.DistanceAttention) -> Linear? {
      guard !configuration.sharesKeys, configuration.distanceAttention.contains(kind) else { return nil }
      return Linear(own[name], inputs: width, outputs: width)
    }
    keys = ownLayer("pos_key_proj", .contentToPosition)
    queries = ownLayer("pos_query_proj", .positionToContent)
    self.configuration = configuration
    dropout = Dropout(configuration.hiddenDropout)
  }

  /// `[elements, hidden]` → `[elements, hidden]`
  /// - Parameter table: of the distances, `[2 * span, hidden]`.
  func callAsFunction(
    _ x: Tensor, _ pattern: PackedAttention, _ table: Tensor, _ rows: Distances.Rows, _ mode: Mode
  ) -> Tensor {
    let (heads, width) = (configuration.heads, configuration.hiddenSize / configuration.heads)
    let terms = Double(1 + configuration.distanceAttention.count)
    let (rising, queries) = keysAndQueries(dropout(table, mode).gathered(rows.table))
    let keys = rising?.gathered(rows.backwards)
    return attention(x, pattern) { query, key in
      let length = query.size(2)
      /// Of the rows for all distances those that this group has, `[heads, width, 2 * length - 1]`.
      func own(_ rows: Tensor) -> Tensor {
        let middle = rows.size(0) / 2
        return rows.narrowed(0, middle - length + 1..<middle + length).reshaped([-1, heads, width])
          .permuted([1, 2, 0])
      }
      var sums: [Tensor] = []
      // [sequences, heads, q, k], the distance being q - k.
      if let keys { sums.append(query.matmul(own(keys)).slid) }
      if let queries { sums.append(key.matmul(own(queries)).slid.transposed(-2, -1)) }
      let added = sums.dropFirst().reduce(sums[0], +) * (1 / (Double(width) * terms).squareRoot())
      return (query * (1 / terms.squareRoot()), added)
    }
  }

  /// What distances are as keys and as queries, `[2 * length - 1, hidden]` each.
  private func keysAndQueries(_ rows: Tensor) -> (keys: Tensor?, queries: Tensor?) {
    guard configuration.sharesKeys else { return (keys?(rows), queries?(rows)) }
    let both = attention.queriesAndKeys(rows)
    func part(_ number: Int, _ kind: DeBERTa.DistanceAttention) -> Tensor? {
      guard configuration.distanceAttention.contains(kind) else { return nil }
      return both.selected(1, number).reshaped([-1, configuration.hiddenSize])
    }
    return (part(1, .contentToPosition), part(0, .positionToContent))
  }
}

extension Tensor {
  /// `[…, length, 2 * length - 1]` → `[…, length, length]`: of row r the columns from `length - 1 - r` on, which is where the
  /// element of column c has `c - r` as its distance, counted from `1 - length`.
  ///
  /// Rows lie end to end in memory. Read as rows that are one element shorter, each begins one element further left than the
  /// one before, so that nothing need be gathered.
  fileprivate var slid: Tensor {
    let length = size(-2)
    guard length > 1 else { return self }
    let lead = Array(shape.dropLast(2))
    let flat = reshaped(lead + [length * (2 * length - 1)])
    return flat.narrowed(lead.count, length - 1..<length - 1 + length * (2 * length - 2))
      .reshaped(lead + [length, 2 * length - 2])
      .narrowed(lead.count + 1, 0..<length)
  }
}
