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

  /// Leaves out parts of the text, never all of it.
  mutating func droppingParts(_ annotation: Annotation) -> Annotation {
    guard settings.text.partDropping > 0 else { return annotation }
    var rest = annotation
    if drops() { rest.title = "" }
    if drops() { rest.speech = "" }
    if drops() { rest.onScreenText = [] }
    return rest.title.isEmpty && rest.speech.isEmpty && rest.onScreenText.isEmpty ? annotation : rest
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

  /// One of several, without a draw where there is none or one.
  mutating func choice<Element>(of elements: [Element]) -> Element? {
    elements.count < 2 ? elements.first : elements[generator.int(below: elements.count)]
  }

  mutating func view() -> FrameView { .random(settings.frames, using: &generator) }
}
