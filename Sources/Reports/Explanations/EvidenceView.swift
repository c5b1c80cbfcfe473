import Dataset
import Foundation
import Pages

/// The words and frames of a video, each the stronger coloured the more it adds.
struct EvidenceView: Sendable {
  struct Word: Sendable {
    let word: String
    /// Whether there is a space before it.
    let isApart: Bool
    /// A class of the style sheet; empty where the word does next to nothing.
    let tone: String
    /// `+12.3`, percentage points.
    let points: String
  }

  struct Text: Sendable {
    let kind: String
    let words: [Word]
    /// What is left out.
    let more: String?
  }

  struct Frame: Sendable {
    let picture: VideoCard.Picture?
    let broken: String?
    let moment: String
    let tone: String
    let points: String
  }

  struct Named: Sendable {
    let name: String
    let points: String
    let isFor: Bool
  }

  let texts: [Text]
  let frames: [Frame]
  let moreFrames: String?
  /// Why there is no frame.
  let unseen: String?
  let strongest: [Named]
  let sum: String

  /// What a page shows of a video: texts may have as many tokens as a model has positions.
  fileprivate static let (mostWords, longestWord, mostFrames, mostNamed) = (400, 40, 16, 6)

  init(_ evidence: Evidence, of id: String, _ looks: VideoLooks) {
    let values = evidence.words.map(\.value) + evidence.frames.map(\.value)
    let widest = max(values.map(abs).max() ?? 0, 0.001)
    texts = Explanation.Part.allCases.compactMap { part in
      let words = evidence.words.filter { $0.part == part }
      return words.isEmpty ? nil : Text(part.name, words, widest: widest)
    }
    // The strongest, in the order of time.
    let shown = evidence.frames.sorted { (abs($1.value), $0.number) < (abs($0.value), $1.number) }
      .prefix(Self.mostFrames).sorted { $0.number < $1.number }
    let footage = looks.footage(of: id, numbers: shown.map(\.number))
    let found = Dictionary((footage?.shown ?? []).map { ($0.number, $0) }) { first, _ in first }
    frames = shown.map { Frame($0, found[$0.number], widest: widest) }
    unseen = shown.isEmpty ? footage?.missing.map { $0.cut(to: VideoCard.longestReason) } : nil
    let rest = Set(evidence.frames.map(\.number)).subtracting(shown.map(\.number))
    moreFrames =
      rest.isEmpty
      ? nil
      : "\(Quantity.counted(rest.count, "more frame")) that add less, together \(Self.points(evidence.frames.filter { rest.contains($0.number) }.reduce(0) { $0 + $1.value }))"
    let named =
      evidence.words.map { ($0.text.cut(to: Self.longestWord), $0.value) }
      + evidence.frames.map { ("frame \($0.number + 1)", $0.value) }
    strongest = named.enumerated().filter { Self.level($1.1, of: widest) > 0 }
      .sorted { (abs($1.element.1), $0.offset) < (abs($0.element.1), $1.offset) }.prefix(Self.mostNamed)
      .map { Named(name: $1.0, points: Self.points($1.1), isFor: $1.1 >= 0) }
    let total = values.reduce(0, +)
    sum =
      "Words and frames add up to \(Self.points(total)), from \(Quantity.decimal(evidence.baseline * 100, digits: 1)) % with words masked and frames gone; what \(Quantity.counted(evidence.steps, "step")) of the integral miss is \(Self.points(evidence.gap, digits: 2))."
  }

  /// From 0, next to nothing, to 5.
  fileprivate static func level(_ value: Double, of widest: Double) -> Int {
    guard value.isFinite, abs(value) >= 0.0005 else { return 0 }
    return min(5, Int((abs(value) / widest * 5).rounded(.up)))
  }

  fileprivate static func tone(_ value: Double, of widest: Double) -> String {
    let level = level(value, of: widest)
    return level == 0 ? "" : "\(value > 0 ? "for" : "against")\(level)"
  }

  static func points(_ value: Double, digits: Int = 1) -> String {
    let text = String(format: "%+.\(digits)f", value * 100).replacing("-", with: "−")
    // Nothing is neither.
    return text.contains { ("1"..."9").contains($0) } ? text : String(text.dropFirst())
  }
}

extension EvidenceView.Text {
  fileprivate init(_ kind: String, _ all: [Evidence.Word], widest: Double) {
    self.kind = kind
    let shown = all.prefix(EvidenceView.mostWords)
    words = shown.map { word in
      .init(
        word: word.text.cut(to: EvidenceView.longestWord), isApart: word.isApart,
        tone: EvidenceView.tone(word.value, of: widest), points: EvidenceView.points(word.value))
    }
    let rest = all.dropFirst(shown.count)
    more =
      rest.isEmpty
      ? nil
      : "and \(Quantity.counted(rest.count, "more word")), together \(EvidenceView.points(rest.reduce(0) { $0 + $1.value }))"
  }
}

extension EvidenceView.Frame {
  /// - Parameter stored: nil where there is nothing to look at.
  fileprivate init(_ frame: Evidence.Frame, _ stored: Footage.Frame?, widest: Double) {
    let look = stored.map { VideoCard.Frame($0) }
    picture = look?.picture
    broken = look?.broken
    moment = stored?.time.map { Quantity.seconds($0) } ?? "frame \(frame.number + 1)"
    tone = EvidenceView.tone(frame.value, of: widest)
    points = EvidenceView.points(frame.value)
  }
}

extension Explanation.Part {
  /// For people.
  var name: String { rawValue.replacing("-", with: " ") }
}
