import Dataset
import Models
import RunFixtures
import Storage
import Testing
import Text

@testable import Batching

@Suite struct RandomChangesTests {
  private let annotation = Annotation(
    id: "a", title: "tea cup", speech: "ball", onScreenText: [.init(time: 0, text: "game")])

  private func reader(
    _ annotation: Annotation, frames: Int = 2,
    room: TextBudget = TextBudget(title: 4, speech: 4, onScreenText: 4)
  ) throws -> SampleReader {
    let frame = try jpeg(picture([red]))
    let content = VideoContent.frames(Array(repeating: frame, count: frames))
    return SampleReader(
      annotations: [annotation], source: MemorySource(contents: frames > 0 ? ["a": content] : [:]),
      tokenizer: try TinyData.tokenizer(words: ["ball", "game", "tea", "cup"]).tokenizer,
      preparation: InputPreparation(
        modality: .both, imageSize: 16, squareSize: 16, frames: FramePreparation(maximumFrames: 4, .imageNet),
        text: room),
      targets: [.category(0)], cacheBytes: 0)
  }

  private func samples(_ reader: SampleReader, text: TextAugmentation = .init(), modality: Double = 0)
    -> [Sample]
  {
    let settings = Augmentation(frames: FrameAugmentation(), text: text, modalityDropping: modality)
    return (0..<400 as Range<UInt64>).map { seed in
      reader.sample(0, changes: RandomChanges(settings, from: SeededGenerator(seed: seed)))
    }
  }

  @Test("Each part of the text is left out as often as asked for, but never all that there is")
  func parts() throws {
    let tokens = samples(try reader(annotation), text: TextAugmentation(partDropping: 0.5)).map(\.tokens)
    #expect(tokens.allSatisfy { $0.count > 2 })
    let whole = try reader(annotation).sample(0).tokens
    // One in eight keeps all three; one in eight would lose all, and keeps them instead.
    #expect((60...140).contains(tokens.count { $0 == whole }))
    #expect(Set(tokens).count == 7)
  }

  @Test("What is left where a part is left out is never a part that has no room, or that says nothing")
  func partsWithoutRoom() throws {
    var mute = annotation
    mute.speech = " \u{200B} "
    for reader in [
      try reader(annotation, room: TextBudget(title: 4, speech: 0, onScreenText: 4)), try reader(mute),
    ] {
      let tokens = samples(reader, text: TextAugmentation(partDropping: 0.5)).map(\.tokens)
      #expect(tokens.allSatisfy { $0.count > 2 } && Set(tokens).count == 3)
    }
  }

  @Test("Tokens are masked as often as asked for, special ones never")
  func masking() throws {
    let special = try TinyData.tokenizer(words: ["ball", "game", "tea", "cup"]).tokenizer.special
    let whole = try reader(annotation).sample(0).tokens
    let tokens = samples(try reader(annotation), text: TextAugmentation(tokenMasking: 0.25)).map(\.tokens)
    let isSpecial = { (token: Int32) in token == special.classification || token == special.separator }
    var masked = 0
    for changed in tokens {
      for (before, after) in zip(whole, changed) where before != after {
        #expect(after == special.mask && !isSpecial(before))
        masked += 1
      }
    }
    let words = whole.count { !isSpecial($0) } * tokens.count
    #expect((words / 5...words * 3 / 10).contains(masked))
  }

  @Test("Either side is hidden as often as the other, and never both")
  func modality() throws {
    let samples = samples(try reader(annotation), modality: 0.5)
    let withoutText = samples.count { $0.status == .noText }
    let withoutFrames = samples.count { $0.status == .noFrames }
    #expect((70...130).contains(withoutText) && (70...130).contains(withoutFrames))
    #expect(samples.allSatisfy { $0.status != .prior })
  }

  @Test("A video that has one side alone keeps it")
  func oneSided() throws {
    #expect(samples(try reader(annotation, frames: 0), modality: 0.9).allSatisfy { $0.status == .noFrames })
    #expect(samples(try reader(Annotation(id: "a")), modality: 0.9).allSatisfy { $0.status == .noText })
  }

  @Test("Inference changes nothing")
  func inference() throws {
    let reader = try reader(annotation)
    #expect(reader.sample(0).tokens == reader.sample(0).tokens && reader.sample(0).status == .complete)
  }
}
