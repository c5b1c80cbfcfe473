package import Storage
package import SystemPackage

/// What a prediction was made from.
package enum PredictionStatus: String, Codable, Sendable, CaseIterable {
  /// From text and frames.
  case complete
  /// From text alone.
  case noFrames = "no-frames"
  /// From frames alone.
  case noText = "no-text"
  /// From neither: how frequent the categories are is all there is.
  case prior

  package init(hasText: Bool, hasFrames: Bool) {
    self =
      switch (hasText, hasFrames) {
      case (true, true): .complete
      case (true, false): .noFrames
      case (false, true): .noText
      case (false, false): .prior
      }
  }

  package var hasText: Bool { self == .complete || self == .noFrames }
}

/// What is predicted for one video; one line of a fold's `predictions.jsonl`, or of the
/// `.predictions.jsonl` beside a submission.
package struct Prediction: Codable, Sendable, Equatable, Identifiable {
  package var id: String
  /// The level-2 category that is chosen: the one of the highest probability, or, where the run's calibration says so, of
  /// the highest in the first level of the highest.
  package var category: String
  /// Of `category`.
  package var probability: Float
  /// Of every level-2 category; they sum to 1.
  package var probabilities: [String: Float]
  package var status: PredictionStatus

  package init(
    id: String, category: String, probability: Float, probabilities: [String: Float], status: PredictionStatus
  ) {
    self.id = id
    self.category = category
    self.probability = probability
    self.probabilities = probabilities
    self.status = status
  }

  enum CodingKeys: String, CodingKey {
    case id
    case category = "category_id"
    case probability, probabilities, status
  }

  /// Writes a line for each, in the order given.
  package static func write(_ predictions: [Prediction], to path: FilePath) throws(FileError) {
    try JSONLines.write(predictions, to: path)
  }
}
