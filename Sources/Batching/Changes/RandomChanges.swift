import Dataset
package import Storage
import Text

/// The random changes of one video in one epoch: settings, and where the numbers come from.
package struct RandomChanges: Sendable {
  let settings: Augmentation
  /// nil where nothing is asked of the video but its target.
  let masking: TokenMasking?
  var generator: SeededGenerator

  package init(_ settings: Augmentation, masking: TokenMasking? = nil, from generator: SeededGenerator) {
    self.settings = settings
    self.masking = masking
    self.generator = generator
  }

  /// The modality that is not to be seen this time.
  mutating func hiddenModality() -> Modality? {
    guard settings.modalityDropping > 0, generator.uniform() < settings.modalityDropping else { return nil }
    return generator.uniform() < 0.5 ? .text : .video
  }

  /// Leaves out parts of the text, at times all of it.
  mutating func droppingParts(_ annotation: Annotation) -> Annotation {
    guard settings.text.partDropping > 0 else { return annotation }
    var rest = annotation
    if drops() { rest.title = "" }
    if drops() { rest.speech = "" }
    if drops() { rest.onScreenText = [] }
    return rest
  }

  private mutating func drops() -> Bool { generator.uniform() < settings.text.partDropping }

  /// Puts `[MASK]` in the place of tokens, special ones excepted.
  mutating func masking(_ tokens: [Int32], _ special: SpecialTokens) -> [Int32] {
    guard settings.text.tokenMasking > 0 else { return tokens }
    return tokens.map { token in
      guard token != special.classification, token != special.separator else { return token }
      return generator.uniform() < settings.text.tokenMasking ? special.mask : token
    }
  }

  mutating func frames(count: Int, room: Int) -> [Int] {
    FrameSampling.jittered(count: count, room: room, using: &generator)
  }

  /// One of several changed versions of the frames; nil where there is none, or frames are not to be changed. Without a draw
  /// where there are fewer than two.
  mutating func version<Element>(of versions: [Element]) -> Element? {
    let drawn = versions.count < 2 ? versions.first : versions[generator.int(below: versions.count)]
    return settings.frames.isAny ? drawn : nil
  }

  mutating func view() -> FrameView { .random(settings.frames, using: &generator) }
}
