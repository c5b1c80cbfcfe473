import Dataset
import Models
import RunFixtures
import Storage
import Testing
import Text
import Torch

@testable import Batching

@Suite("What pre-training asks of a video") struct PretextTests {
  private static let special = SpecialTokens(
    padding: 0, unknown: 1, classification: 2, separator: 3, mask: 4)

  /// `[CLS]`, title, `[SEP]`, speech, `[SEP]`, of tokens that are all different.
  private static func text(_ title: Int, _ speech: Int) -> [Int32] {
    let words = (0..<title + speech).map { Int32(10 + $0) }
    return [2] + words.prefix(title) + [3] + (speech > 0 ? words.suffix(speech) + [3] : [])
  }

  private func asked(
    _ tokens: [Int32], part: Double, longest: Int, seed: UInt64
  ) -> (tokens: [Int32], pretext: Pretext)? {
    var changes = RandomChanges(
      .none, masking: TokenMasking(part: part, longest: longest), from: SeededGenerator(seed: seed))
    return changes.asking(of: tokens, Self.special)
  }

  @Test(
    "As large a part is hidden as is asked for, of short texts too, and never a special token",
    arguments: [(0.15, 3, 30, 20), (0.3, 3, 30, 20), (0.2, 1, 7, 0), (0.25, 4, 5, 3), (0.9, 3, 6, 6)])
  func part(part: Double, longest: Int, title: Int, speech: Int) throws {
    let whole = Self.text(title, speech)
    var hidden = 0
    for seed in 0..<400 as Range<UInt64> {
      let (tokens, pretext) = try #require(asked(whole, part: part, longest: longest, seed: seed))
      #expect(tokens.count == whole.count && !pretext.hidden.isEmpty)
      #expect(pretext.hidden.map(\.place) == tokens.indices.filter { tokens[$0] == 4 })
      for token in pretext.hidden {
        #expect(whole[token.place] == token.token && token.token >= 10)
      }
      for place in tokens.indices where tokens[place] != 4 { #expect(tokens[place] == whole[place]) }
      hidden += pretext.hidden.count
    }
    let found = Double(hidden) / Double(400 * (title + speech))
    #expect(abs(found - part) < 0.02, "\(found)")
  }

  @Test("What is hidden are n-grams up to the longest, longer ones more rarely, within one part of the text")
  func lengths() throws {
    var lengths: [Int: Int] = [:]
    for seed in 0..<3000 as Range<UInt64> {
      // One n-gram: the part is that of four tokens at most, and of these the first draw is looked at.
      let (_, pretext) = try #require(asked(Self.text(400, 400), part: 0.005, longest: 3, seed: seed))
      let places = pretext.hidden.map(\.place)
      var run = 1
      for (one, next) in zip(places, places.dropFirst() + [-1]) {
        if next == one + 1 {
          run += 1
        } else {
          lengths[run, default: 0] += 1
          run = 1
        }
      }
    }
    let (one, two, three) = (lengths[1] ?? 0, lengths[2] ?? 0, lengths[3] ?? 0)
    #expect(one > two && two > three && three > 300, "\(lengths)")
    // Touching n-grams look like a longer one: of 800 tokens these are few.
    #expect(lengths.filter { $0.key > 3 }.values.reduce(0, +) < 60, "\(lengths)")
    // No n-gram crosses from the title into the speech: there the separator stands.
    for seed in 0..<200 as Range<UInt64> {
      let (tokens, _) = try #require(asked(Self.text(2, 2), part: 0.9, longest: 4, seed: seed))
      #expect(tokens[0] == 2 && tokens[3] == 3 && tokens[6] == 3)
    }
  }

  @Test(
    "Another draw hides other tokens, the same draw the same, and nothing is asked where nothing is to be")
  func draws() throws {
    let whole = Self.text(20, 20)
    let all = try (0..<50 as Range<UInt64>).map {
      try #require(asked(whole, part: 0.2, longest: 3, seed: $0))
    }
    #expect(Set(all.map(\.tokens)).count > 45 && Set(all.map(\.pretext.seed)).count == 50)
    let again = try #require(asked(whole, part: 0.2, longest: 3, seed: 7))
    #expect(again.pretext == all[7].pretext && again.tokens == all[7].tokens)
    #expect(
      all[7].pretext.divide == 22
        && asked(Self.text(3, 0), part: 0.2, longest: 3, seed: 1)?.pretext.divide == nil)
    #expect(asked([2, 3], part: 0.2, longest: 3, seed: 1)?.pretext.hidden == [])
    #expect(asked(whole, part: 0, longest: 3, seed: 1)?.pretext.hidden == [])
    var changes = RandomChanges(.none, from: SeededGenerator(seed: 1))
    #expect(changes.asking(of: whole, Self.special) == nil)
  }

  private func reader(_ annotation: Annotation) throws -> SampleReader {
    SampleReader(
      annotations: [annotation], source: MemorySource(),
      tokenizer: try TinyData.tokenizer(words: ["ball", "game", "tea", "cup"]).tokenizer,
      preparation: InputPreparation(
        modality: .both, imageSize: 16, squareSize: 16, frames: FramePreparation(maximumFrames: 4, .imageNet),
        text: TextBudget(title: 4, speech: 4, onScreenText: 4)),
      targets: [.category(0)], cacheBytes: 0)
  }

  @Test("A sample has what was hidden in the place of its target, and draws nothing else otherwise")
  func sample() throws {
    let reader = try reader(Annotation(id: "a", title: "tea cup ball game", speech: "tea tea ball"))
    let masking = TokenMasking(part: 0.3, longest: 2)
    for seed in 0..<20 as Range<UInt64> {
      let generator = SeededGenerator(seed: seed)
      let plain = reader.sample(0, changes: RandomChanges(.none, from: generator))
      let asked = reader.sample(0, changes: RandomChanges(.none, masking: masking, from: generator))
      #expect(plain.target == .category(0))
      guard case .pretext(let pretext) = asked.target else {
        Issue.record("nothing is asked")
        continue
      }
      var tokens = asked.tokens
      for hidden in pretext.hidden { tokens[hidden.place] = hidden.token }
      #expect(tokens == plain.tokens)
    }
  }

  @Test("A batch that is kept has what was asked, and one that does not fit together is refused")
  func portable() throws {
    let reader = try reader(Annotation(id: "a", title: "tea cup ball game", speech: "tea tea ball"))
    let samples = (0..<3 as Range<UInt64>).map { seed in
      reader.sample(
        0,
        changes: RandomChanges(
          .none, masking: TokenMasking(part: 0.4, longest: 2), from: SeededGenerator(seed: .max - seed)))
    }
    let batch = Batch(samples)
    let folder = try TemporaryFolder()
    let path = try folder.write("", to: "batch.safetensors")
    try Safetensors.write(batch.portable, to: path)
    let read = try Batch(portable: try Safetensors(path))
    #expect(read.videos.map(\.target) == batch.videos.map(\.target) && read.tokens == batch.tokens)
    #expect(read[1..<2].videos.map(\.target) == [batch.videos[1].target])
    for (name, tensor) in [
      ("hidden_places", Tensor([Int64](repeating: 99, count: batch.portable["hidden_places"]?.count ?? 0))),
      ("hidden_counts", Tensor([1, 1, 99] as [Int64])), ("seeds", Tensor([1] as [Int64])),
      ("divides", Tensor([0, 0, 99] as [Int64])),
      ("hidden_tokens", Tensor([1] as [Int64])),
    ] {
      try Safetensors.write(batch.portable.merging([name: tensor]) { $1 }, to: path)
      #expect(throws: SafetensorsError.self, "\(name)") { try Batch(portable: try Safetensors(path)) }
    }
  }
}
