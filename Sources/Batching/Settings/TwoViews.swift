/// How a video without a category is shown twice: changed, for the model to learn from, and as it is, for a teacher to say what
/// it is.
package struct TwoViews: Sendable, Equatable {
  package let strong: Augmentation
  package let weak: Augmentation

  package init(strong: Augmentation, weak: Augmentation) {
    self.strong = strong
    self.weak = weak
  }
}
