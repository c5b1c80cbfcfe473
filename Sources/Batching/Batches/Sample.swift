package import Dataset

/// One video as the model takes it: plain bytes, read and prepared by a task ahead of the step.
package struct Sample: Sendable {
  /// Place in the annotations.
  package let index: Int
  /// With special tokens, without padding.
  package let tokens: [Int32]
  package let pictures: Pictures
  /// nil where it is to be predicted.
  package let target: Target?
  package let status: PredictionStatus

  package init(index: Int, tokens: [Int32], pictures: Pictures, target: Target?, status: PredictionStatus) {
    self.index = index
    self.tokens = tokens
    self.pictures = pictures
    self.target = target
    self.status = status
  }

  package enum Pictures: Sendable {
    /// `count` frames of `size`×`size`, RGB bytes row after row.
    case frames([UInt8], count: Int, size: Int)
    /// `count` stored vectors.
    case vectors([Float], count: Int)

    package static let none = Pictures.vectors([], count: 0)

    package var count: Int {
      switch self {
      case .frames(_, let count, _), .vectors(_, let count): count
      }
    }
  }
}
