import Dataset
import Storage

/// The text around a video: a few words of its topic among many that say nothing.
struct Wording {
  var title = ""
  var speech = ""
  var onScreenText: [OnScreenText] = []

  /// - Parameters:
  ///   - others: topics whose words may slip in.
  ///   - seconds: the length of the video, in which captions appear.
  init(
    about topic: Topic, others: [Topic], seconds: Double, using generator: inout SeededGenerator
  ) {
    let language = generator.chance(0.7) ? Language.chinese : .english
    if generator.chance(0.85) {
      title = language.sentence(about: topic, words: 1...3, fillers: 1...4, using: &generator)
    }
    if generator.chance(0.7) {
      speech = language.sentence(about: topic, words: 0...4, fillers: 4...14, using: &generator)
    }
    if generator.chance(0.15), let other = others.isEmpty ? nil : generator.element(of: others) {
      speech += (speech.isEmpty ? "" : language.separator) + generator.element(of: language.words(of: other))
    }
    var time = generator.in(0...2)
    while time < seconds, generator.chance(0.7) {
      let text =
        generator.chance(0.3)
        ? generator.element(of: language.words(of: topic)) : generator.element(of: Filler.captions)
      onScreenText.append(OnScreenText(time: time.rounded(.down), text: text))
      time += generator.in(1...3)
    }
  }
}

private enum Language {
  case chinese, english

  var separator: String { self == .chinese ? "" : " " }
  private var fillers: [String] { self == .chinese ? Filler.chinese : Filler.english }

  func words(of topic: Topic) -> [String] { self == .chinese ? topic.chinese : topic.english }

  func sentence(
    about topic: Topic, words: ClosedRange<Int>, fillers fillerCount: ClosedRange<Int>,
    using generator: inout SeededGenerator
  ) -> String {
    let count = { (range: ClosedRange<Int>, generator: inout SeededGenerator) in
      range.lowerBound + generator.int(below: range.count)
    }
    let telling = generator.elements(count(words, &generator), of: self.words(of: topic))
    let empty = generator.elements(count(fillerCount, &generator), of: fillers)
    return generator.shuffled(telling + empty).joined(separator: separator)
  }
}
