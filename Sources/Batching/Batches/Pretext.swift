/// What pre-training asks of a video, drawn anew each time that it is shown.
package struct Pretext: Sendable, Equatable {
  /// A token that `[MASK]` stands in the place of.
  package struct HiddenToken: Sendable, Equatable {
    /// Its place among the video's tokens.
    package let place: Int
    package let token: Int32

    package init(place: Int, token: Int32) {
      self.place = place
      self.token = token
    }
  }

  /// In their order.
  package let hidden: [HiddenToken]
  /// The place of the first token behind the first part of the text; nil where there is no other part.
  package let divide: Int?
  /// What else is drawn for the video follows from it.
  package let seed: UInt64

  package init(hidden: [HiddenToken], divide: Int? = nil, seed: UInt64) {
    self.hidden = hidden
    self.divide = divide
    self.seed = seed
  }
}
