import Foundation

/// What each word and each frame adds to the probability of the category that is predicted: integrated gradients of their
/// embeddings, from masked words and nothing in the place of frames to the video. They add up to the difference of the
/// probabilities at both ends.
package struct Evidence: Codable, Sendable, Equatable {
  /// A word as the tokenizer reads it; in writing without spaces between words a token.
  package struct Word: Codable, Sendable, Equatable {
    /// `frames` is no part of words.
    package let part: Explanation.Part
    package let text: String
    /// Whether a space stands before it.
    package let isApart: Bool
    /// A difference of probabilities, below 0 where the word speaks for other categories.
    package let value: Double

    package init(part: Explanation.Part, text: String, isApart: Bool, value: Double) {
      self.part = part
      self.text = text
      self.isApart = isApart
      self.value = value
    }

    enum CodingKeys: String, CodingKey {
      case part, text
      case isApart = "is_apart"
      case value
    }
  }

  package struct Frame: Codable, Sendable, Equatable {
    /// Counted from 0 among the stored ones.
    package let number: Int
    package let value: Double

    package init(number: Int, value: Double) {
      self.number = number
      self.value = value
    }
  }

  /// Of the category, with every word masked and nothing in the place of every frame.
  package let baseline: Double
  /// Those that the models read, in the order in which they do: what is cut off is not among them.
  package let words: [Word]
  /// Those that the models see.
  package let frames: [Frame]
  /// Places between both ends that were looked at.
  package let steps: Int
  /// By how much the values miss the difference that they should add up to.
  package let gap: Double

  package init(baseline: Double, words: [Word], frames: [Frame], steps: Int, gap: Double) {
    self.baseline = baseline
    self.words = words
    self.frames = frames
    self.steps = steps
    self.gap = gap
  }

  /// The gap above which more steps are called for, either way: one percentage point.
  package static let tolerance = 0.01

  /// For people; nil where the values add up.
  package var warning: String? {
    guard !(abs(gap) <= Self.tolerance) else { return nil }
    return
      "words and frames miss what they should add up to by \(String(format: "%.1f", abs(gap) * 100)) percentage points; "
      + "\(steps) steps are too few"
  }
}
