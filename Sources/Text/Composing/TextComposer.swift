/// The texts of a video as one token sequence: `[CLS] title [SEP] speech [SEP] on-screen text [SEP]`.
///
/// Parts without text leave out their separator. Title and speech keep their beginning. On-screen text keeps its
/// end: the published solutions found that it says more than the beginning, which is often an opening credit.
package struct TextComposer: Sendable {
  package let tokenizer: any Tokenizer
  package let budget: TextBudget

  package init(tokenizer: any Tokenizer, budget: TextBudget = TextBudget()) {
    self.tokenizer = tokenizer
    self.budget = budget
  }

  /// - Parameter onScreenText: What was read off the frames, in the order of time. A line that says the same as the
  ///   one before it is taken once.
  package func compose(title: String, speech: String, onScreenText: [String]) -> ComposedText {
    let parts = encode(title, speech, onScreenText)
    let kept = budget.share(among: parts.map(\.count))

    let special = tokenizer.special
    var tokens = [special.classification]
    var ranges = [Range<Int>](repeating: 0..<0, count: parts.count)
    for (part, (all, count)) in zip(parts, kept).enumerated() where count > 0 {
      ranges[part] = tokens.count..<tokens.count + count
      tokens += part == 2 ? all.suffix(count) : all.prefix(count)
      tokens.append(special.separator)
    }
    guard tokens.count > 1 else {
      return ComposedText(tokens: [special.classification, special.separator], parts: ranges, isEmpty: true)
    }
    return ComposedText(tokens: tokens, parts: ranges, isEmpty: false)
  }

  /// How many tokens the parts have (title, speech, on-screen text), and how many of them `compose` keeps. What no
  /// budget could ever hold is not counted to its end.
  package func lengths(
    title: String, speech: String, onScreenText: [String]
  ) -> (parts: [Int], kept: [Int]) {
    let parts = encode(title, speech, onScreenText).map(\.count)
    return (parts, budget.share(among: parts))
  }

  private func encode(_ title: String, _ speech: String, _ onScreenText: [String]) -> [[Int32]] {
    // No text is ever cut for this in practice: a token covers one to four characters.
    let limit = budget.sequenceLength * 32
    return [
      budget.title > 0 ? tokenizer.encode(TextCleaning.clean(title, prefix: limit)) : [],
      budget.speech > 0 ? tokenizer.encode(TextCleaning.clean(speech, prefix: limit)) : [],
      budget.onScreenText > 0 ? tokenizer.encode(Self.joined(onScreenText, suffix: limit)) : [],
    ]
  }

  /// The last lines, one space between them, read from the end so that a video with a million lines costs no more.
  private static func joined(_ lines: [String], suffix limit: Int) -> String {
    var kept: [String] = []
    var length = 0
    for line in lines.reversed() where length < limit {
      let line = TextCleaning.clean(line, suffix: limit - length)
      if line.isEmpty || line == kept.last { continue }
      kept.append(line)
      length += line.unicodeScalars.count + 1
    }
    return kept.reversed().joined(separator: " ")
  }
}

/// What the encoder of a video's text gets.
package struct ComposedText: Sendable, Equatable {
  /// Special tokens included, without padding: `[CLS] [SEP]` where there is no text.
  package var tokens: [Int32]
  /// Where among them title, speech and on-screen text lie, without special tokens; a part that is left out is empty.
  package var parts: [Range<Int>]
  /// Whether the video has no text at all.
  package var isEmpty: Bool
}
