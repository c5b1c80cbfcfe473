/// One video that somebody asks about.
package struct VideoQuestion: Sendable {
  /// What the answer calls it.
  package var id: String
  package var title = ""
  package var speech = ""
  /// In the order of time.
  package var onScreenText: [String] = []
  package var upload: SpooledVideo?

  package init(id: String) { self.id = id }

  /// What the answer is to tell besides.
  package struct Wishes: Sendable, Equatable {
    /// Categories, the most probable ones.
    package var top = 5
    /// What the prediction rests on.
    package var explanation = false
    /// Small pictures of the frames that the models saw.
    package var frames = false

    package init() {}
  }
}
