import Dataset

/// What became of a folder of vectors.
package struct EmbeddingOutcome: Encodable, Sendable {
  package private(set) var videos = 0
  /// Of which there is nothing that could be read.
  package private(set) var missing = 0
  package private(set) var vectors = 0
  package let width: Int
  /// Videos whose vectors an earlier attempt had computed.
  package let resumed: Int

  init(width: Int, resuming writer: VectorWriter) {
    self.width = width
    resumed = writer.counts.count
    for vectors in writer.counts.values { count(vectors: vectors) }
  }

  mutating func count(vectors: Int) {
    videos += 1
    self.vectors += vectors
    if vectors == 0 { missing += 1 }
  }
}
