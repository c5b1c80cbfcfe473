import Dataset
import Text

/// Statistics of the texts, one video after the other; nothing of a text is kept.
struct TextSurvey {
  private var none = 0
  private var copies = 0
  private var parts: [Tally<Int>] = [Tally(), Tally(), Tally()]
  private var scripts = Tally<String>()
  /// One hash for each text. Two texts that share one would be counted as copies: with 64 bits that does not happen.
  private var seen: Set<Int> = []
  private var tokens: TokenSurvey

  init(_ composer: TextComposer, tokenizer: String) {
    tokens = TokenSurvey(composer, tokenizer: tokenizer)
  }

  mutating func add(_ annotation: Annotation) {
    let lines = annotation.onScreenText.map { TextCleaning.clean($0.text) }.filter { !$0.isEmpty }
    let texts = [
      TextCleaning.clean(annotation.title), TextCleaning.clean(annotation.speech),
      lines.joined(separator: " "),
    ]
    var letters = ScriptCount()
    var hasher = Hasher()
    for (place, text) in texts.enumerated() {
      hasher.combine(text)
      guard !text.isEmpty else { continue }
      parts[place].add(text.unicodeScalars.count)
      letters.add(text)
    }
    tokens.add(annotation, characters: texts.reduce(0) { $0 + $1.unicodeScalars.count })
    guard texts.contains(where: { !$0.isEmpty }) else {
      none += 1
      return
    }
    scripts.add(letters.name)
    if !seen.insert(hasher.finalize()).inserted { copies += 1 }
  }

  var report: ValidationReport.Text {
    let parts = parts.map { ValidationReport.Text.Part(videos: $0.total, characters: $0.spread) }
    return .init(
      none: none, copies: copies, title: parts[0], speech: parts[1], onScreenText: parts[2],
      scripts: scripts.named(), tokens: tokens.report)
  }
}

/// How many tokens the texts become, of videos spread evenly over the file.
///
/// How long the file is nobody knows before its end. So every video is counted at first; whenever there are too many,
/// every second one is dropped, and from then on half as many are counted.
struct TokenSurvey {
  private static let limit = 20_000

  private struct Video {
    var parts: [Int]
    var isCut: Bool
    var characters: Int
  }

  private let composer: TextComposer
  private let tokenizer: String
  private var videos: [Video] = []
  private var stride = 1
  private var position = 0

  init(_ composer: TextComposer, tokenizer: String) {
    self.composer = composer
    self.tokenizer = tokenizer
  }

  mutating func add(_ annotation: Annotation, characters: Int) {
    defer { position += 1 }
    guard position.isMultiple(of: stride) else { return }
    let (parts, kept) = composer.lengths(
      title: annotation.title, speech: annotation.speech, onScreenText: annotation.onScreenText.map(\.text))
    videos.append(Video(parts: parts, isCut: parts != kept, characters: characters))
    if videos.count > Self.limit {
      videos = Swift.stride(from: 0, to: videos.count, by: 2).map { videos[$0] }
      stride *= 2
    }
  }

  var report: ValidationReport.Tokens {
    let budget = composer.budget
    func part(_ place: Int, _ room: Int) -> ValidationReport.Tokens.Part {
      var tally = Tally<Int>()
      for video in videos where video.parts[place] > 0 { tally.add(video.parts[place]) }
      return .init(budget: room, tokens: tally.spread)
    }
    // Of cut texts the tokens are not all counted.
    let whole = videos.filter { !$0.isCut }
    let tokens = whole.reduce(0) { $0 + $1.parts.reduce(0, +) }
    let characters = whole.reduce(0) { $0 + $1.characters }
    return .init(
      tokenizer: tokenizer, sampled: videos.count, room: budget.sequenceLength, title: part(0, budget.title),
      speech: part(1, budget.speech), onScreenText: part(2, budget.onScreenText),
      cut: videos.count { $0.isCut },
      charactersPerToken: tokens > 0 ? (Double(characters) / Double(tokens) * 100).rounded() / 100 : nil)
  }
}
