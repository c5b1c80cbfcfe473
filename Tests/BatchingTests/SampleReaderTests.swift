import Dataset
import Images
import Models
import RunFixtures
import Storage
import Testing
import Text

@testable import Batching

@Suite struct SampleReaderTests {
  private let annotations = [
    Annotation(id: "a", title: "tea cup"), Annotation(id: "b"), Annotation(id: "c", speech: "ball game"),
  ]
  private func changes(_ seed: UInt64) -> RandomChanges {
    RandomChanges(
      Augmentation(
        frames: FrameAugmentation(minimumArea: 0.25, flip: true), text: TextAugmentation(),
        modalityDropping: 0),
      from: SeededGenerator(seed: seed))
  }

  private func reader(
    _ contents: [String: VideoContent], views: [[String: VideoContent]] = [], modality: Modality = .both,
    dimension: Int? = nil, frames: Int = 4, cache: Int = 0
  ) throws -> SampleReader {
    SampleReader(
      annotations: annotations, source: MemorySource(vectorSize: dimension, contents: contents),
      views: views.map { MemorySource(vectorSize: dimension, contents: $0) },
      tokenizer: try TinyData.tokenizer(words: ["ball", "game", "tea", "cup"]).tokenizer,
      preparation: InputPreparation(
        modality: modality, imageSize: 16, squareSize: 20,
        frames: FramePreparation(maximumFrames: frames, .imageNet),
        text: TextBudget(title: 4, speech: 4, onScreenText: 4)),
      targets: [.category(1), nil, .category(0)], cacheBytes: cache)
  }

  private func bytes(_ sample: Sample) -> [UInt8] {
    if case .frames(let bytes, _, _) = sample.pictures { bytes } else { [] }
  }

  /// Average red, green and blue of a frame.
  private func colour(_ sample: Sample, frame: Int) -> [Int] {
    let size = 16 * 16 * 3
    let frame = bytes(sample)[frame * size..<(frame + 1) * size]
    return (0..<3).map { channel in
      stride(from: frame.startIndex + channel, to: frame.endIndex, by: 3).reduce(0) { $0 + Int(frame[$1]) }
        / (16 * 16)
    }
  }

  @Test("Text, frames, label and status are those of the video at the place")
  func contents() throws {
    let reader = try reader(["a": .frames([try jpeg(picture([red])), try jpeg(picture([blue]))])])
    let sample = reader.sample(0)
    #expect(sample.index == 0 && sample.target == .category(1) && sample.status == .complete)
    #expect(sample.tokens == [2, 7, 8, 3])
    #expect(sample.pictures.count == 2)
    #expect(colour(sample, frame: 0)[0] > 200 && colour(sample, frame: 1)[2] > 200)
  }

  @Test("What is not there is said by the status and changes nothing else")
  func missing() throws {
    let frame = VideoContent.frames([try jpeg(picture([red]))])
    let reader = try reader(["b": frame, "a": .missing(reason: "damaged")])
    #expect(reader.sample(0).status == .noFrames && reader.sample(0).pictures.count == 0)
    #expect(reader.sample(1).status == .noText && reader.sample(1).tokens == [2, 3])
    #expect(reader.sample(2).status == .noFrames)
  }

  @Test("A modality hides the other side")
  func modality() throws {
    let frame = VideoContent.frames([try jpeg(picture([red]))])
    let text = try reader(["a": frame], modality: .text).sample(0)
    #expect(text.pictures.count == 0 && text.tokens.count == 4 && text.status == .noFrames)
    let video = try reader(["a": frame], modality: .video)
    #expect(video.sample(0).pictures.count == 1 && video.sample(0).tokens == [2, 3])
    #expect(video.sample(0).status == .noText && video.sample(2).status == .prior)
  }

  @Test("A frame that cannot be decoded is left out, and its neighbours are not doubled")
  func brokenFrame() throws {
    let broken = Array(try jpeg(picture([green])).prefix(60))
    let reader = try reader(
      ["a": .frames([try jpeg(picture([red])), broken, try jpeg(picture([blue]))])], cache: 1 << 20)
    for _ in 0..<2 {  // decoded, then from the cache
      let sample = reader.sample(0)
      #expect(sample.pictures.count == 2)
      #expect(colour(sample, frame: 0)[0] > 200 && colour(sample, frame: 1)[2] > 200)
    }
    #expect(try self.reader(["a": .frames([broken])]).sample(0).status == .noFrames)
  }

  @Test("Frames are spread over the video, not its first ones")
  func spread() throws {
    let jpegs = try (0..<8).map { try jpeg(picture([(UInt8($0 * 30), 0, 0)])) }
    let sample = try reader(["a": .frames(jpegs)], frames: 2).sample(0)
    #expect(abs(colour(sample, frame: 0)[0] - 30) < 8 && abs(colour(sample, frame: 1)[0] - 150) < 8)
  }

  @Test("Stored vectors are chosen by whole rows")
  func features() throws {
    let values = (0..<8).flatMap { [Float($0), Float($0) + 0.5] }
    let sample = try reader(["a": .features(values, dimension: 2)], dimension: 2, frames: 2).sample(0)
    guard case .vectors(let chosen, let count) = sample.pictures else {
      Issue.record("no vectors")
      return
    }
    #expect(count == 2 && chosen == [1, 1.5, 5, 5.5])
    #expect(sample.status == .complete)
  }

  @Test("The cache changes no byte, with augmentation or without", arguments: [false, true])
  func cache(isAugmented: Bool) throws {
    let contents = [
      "a": VideoContent.frames(try (0..<6).map { try jpeg(picture([(UInt8($0 * 40), 9, 9), green])) })
    ]
    let plain = try reader(contents)
    let cached = try reader(contents, cache: 1 << 20)
    for seed in 0..<5 as Range<UInt64> {
      let random = isAugmented ? changes(seed) : nil
      #expect(bytes(plain.sample(0, changes: random)) == bytes(cached.sample(0, changes: random)))
    }
  }

  @Test("At inference nothing is random: the whole square, not mirrored, every time the same")
  func inference() throws {
    let reader = try reader(["a": .frames([try jpeg(picture([red, blue]))])])
    let first = bytes(reader.sample(0))
    #expect(first == bytes(reader.sample(0)))
    #expect(first[0] > 200 && first[15 * 3 + 2] > 200, "red is left and blue is right")
  }

  @Test("Vectors of changed frames are seen where frames are to be changed, and nowhere else")
  func storedVersions() throws {
    func stored(_ number: Float) -> [String: VideoContent] { ["a": .features([number], dimension: 1)] }
    let reader = try reader(stored(0), views: [stored(1), stored(2)], dimension: 1)
    func seen(_ changes: RandomChanges?) -> [Float] {
      if case .vectors(let numbers, _) = reader.sample(0, changes: changes).pictures { numbers } else { [] }
    }
    for seed in 0..<20 as Range<UInt64> {
      #expect(seen(RandomChanges(.none, from: SeededGenerator(seed: seed))) == [0])
    }
    #expect(Set((0..<20 as Range<UInt64>).map { seen(changes($0)) }) == [[1], [2]])
    #expect(seen(nil) == [0])
  }

  @Test("One draw serves all frames of a video; the next draw is another")
  func oneDraw() throws {
    let frame = try jpeg(picture([red, green, blue]))
    let reader = try reader(["a": .frames([frame, frame, frame])])
    let draws = (0..<8 as Range<UInt64>).map { seed in
      bytes(reader.sample(0, changes: changes(seed)))
    }
    for draw in draws {
      let size = draw.count / 3
      #expect(draw[..<size].elementsEqual(draw[size..<2 * size]))
      #expect(draw[..<size].elementsEqual(draw[(2 * size)...]))
    }
    #expect(Set(draws).count > 4)
  }

  @Test("A video's sample does not depend on what was read before it")
  func independence() throws {
    let contents = [
      "a": VideoContent.frames([try jpeg(picture([red, blue]))]), "b": .frames([try jpeg(picture([green]))]),
    ]
    let alone = try reader(contents, cache: 1 << 20).sample(0, changes: changes(5))
    let reader = try reader(contents, cache: 1 << 20)
    for index in [1, 2, 1] {
      _ = reader.sample(index, changes: changes(9))
    }
    let after = reader.sample(0, changes: changes(5))
    #expect(bytes(alone) == bytes(after) && alone.tokens == after.tokens)
  }
}
