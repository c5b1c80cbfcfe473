package import Dataset

/// One video as the model takes it: plain bytes, read and prepared by a task ahead of the step.
package struct Sample: Sendable {
  /// Place in the annotations.
  package let index: Int
  /// With special tokens, without padding.
  package let tokens: [Int32]
  package let pictures: Pictures
  /// Number of the category; nil where it is to be predicted.
  package let label: Int?
  package let status: PredictionStatus

  package init(index: Int, tokens: [Int32], pictures: Pictures, label: Int?, status: PredictionStatus) {
    self.index = index
    self.tokens = tokens
    self.pictures = pictures
    self.label = label
    self.status = status
  }

  package enum Pictures: Sendable {
    /// `count` frames of one size, RGB bytes row after row.
    case frames([UInt8], count: Int)
    /// `count` stored vectors.
    case features([Float], count: Int)

    package var count: Int {
      switch self {
      case .frames(_, let count), .features(_, let count): count
      }
    }
  }
}
