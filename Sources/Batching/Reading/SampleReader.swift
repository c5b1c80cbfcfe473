package import Dataset
import Images
import Synchronization
package import Text

/// Reads and prepares videos, from any thread; what a video gives depends on itself alone.
package final class SampleReader: Sendable {
  package let annotations: [Annotation]
  private let source: any VideoSource
  /// The same videos, each time with other random changes: what is drawn from where vectors are computed ahead.
  private let views: [any VideoSource]
  private let composer: TextComposer
  private let preparation: InputPreparation
  /// What a video is to be taken for, by its place.
  package let target: @Sendable (Int) -> Target?
  private let frames: StoredFrames
  private let cache: FrameCache
  /// What was met so far that is stored and could not be read.
  package let damage: Damage

  /// - Parameter views: the vectors of changed frames, of which training sees one of each video at a time.
  /// - Parameter targets: in the order of the annotations; nil where there is nothing to learn.
  /// - Parameter cacheBytes: how much memory decoded frames may take, so that later epochs and folds need not decode
  ///   them again.
  package init(
    annotations: [Annotation], source: any VideoSource, views: [any VideoSource] = [],
    tokenizer: any Tokenizer, preparation: InputPreparation, targets: [Target?], cacheBytes: Int
  ) {
    self.annotations = annotations
    self.source = source
    self.views = views
    composer = TextComposer(tokenizer: tokenizer, budget: preparation.text)
    self.preparation = preparation
    target = { targets[$0] }
    damage = Damage()
    frames = StoredFrames(
      source, size: preparation.imageSize, kept: preparation.squareSize, preparation.frames.framing)
    cache = FrameCache(capacity: cacheBytes)
  }

  private init(_ other: SampleReader, target: @escaping @Sendable (Int) -> Target?) {
    (annotations, source, views) = (other.annotations, other.source, other.views)
    (composer, preparation, frames) = (other.composer, other.preparation, other.frames)
    (cache, damage) = (other.cache, other.damage)
    self.target = target
  }

  /// The same reader, with the same memory, of other targets by the place of the video.
  package func aiming(at target: @escaping @Sendable (Int) -> Target?) -> SampleReader {
    SampleReader(self, target: target)
  }

  /// - Parameter changes: the random changes of training; nil shows the video as it is.
  package func sample(_ index: Int, changes: RandomChanges? = nil) -> Sample {
    var changes = changes
    let hidden = changes?.hiddenModality()
    var text = text(of: annotations[index], &changes)
    let pictures = hidden == .video && !text.isEmpty ? .none : pictures(of: index, &changes)
    if hidden == .text, pictures.count > 0 { text = noText }
    // Behind all other draws, which stay what they were.
    let asked = changes?.asking(of: text.tokens, composer.tokenizer.special)
    return Sample(
      index: index, tokens: asked?.tokens ?? text.tokens, pictures: pictures,
      target: asked.map { Target.pretext($0.pretext) } ?? target(index),
      status: PredictionStatus(hasText: !text.isEmpty, hasFrames: pictures.count > 0))
  }

  /// A video as a prediction sees it, with what its tokens and pictures are.
  package struct Inspected {
    package let sample: Sample
    /// Where among the tokens title, speech and on-screen text lie; empty where the text has none of it.
    package let texts: [Range<Int>]
    /// Which of the stored frames, or vectors, the pictures are.
    package let frames: [Int]
  }

  package func inspected(_ index: Int) -> Inspected {
    var changes: RandomChanges?
    let text = text(of: annotations[index], &changes)
    return Inspected(sample: sample(index), texts: text.parts, frames: seenNumbers(index))
  }

  private func seenNumbers(_ index: Int) -> [Int] {
    guard preparation.modality.hasFrames else { return [] }
    var changes: RandomChanges?
    switch source.content(of: annotations[index].id) {
    case .missing: return []
    case .features(let values, let dimension): return seen(of: values.count / dimension, &changes)
    case .frames(let jpegs):
      let numbers = frames.decoded(jpegs).map(\.number)
      return seen(of: numbers.count, &changes).map { numbers[$0] }
    }
  }

  private var noText: ComposedText { composer.compose(title: "", speech: "", onScreenText: []) }

  private func composed(_ annotation: Annotation) -> ComposedText {
    composer.compose(
      title: annotation.title, speech: annotation.speech, onScreenText: annotation.onScreenText.map(\.text))
  }

  private func text(of annotation: Annotation, _ changes: inout RandomChanges?) -> ComposedText {
    guard preparation.modality.hasText else { return noText }
    var text = composed(changes?.droppingParts(annotation) ?? annotation)
    // Never all of it: what is left may have no room, or be nothing but space.
    if text.isEmpty, changes != nil { text = composed(annotation) }
    text.tokens = changes?.masking(text.tokens, composer.tokenizer.special) ?? text.tokens
    return text
  }

  private func pictures(of index: Int, _ changes: inout RandomChanges?) -> Sample.Pictures {
    guard preparation.modality.hasFrames else { return .none }
    if let frames = cache.frames(of: index) { return pixels(of: frames, &changes) }
    let source = changes?.version(of: views) ?? self.source
    switch source.content(of: annotations[index].id) {
    case .missing:
      damage.noteMissing(index)
      return .none
    case .features(let values, let dimension):
      let rows = seen(of: values.count / dimension, &changes)
      return .vectors(rows.flatMap { values[$0 * dimension..<($0 + 1) * dimension] }, count: rows.count)
    case .frames(let jpegs):
      let frames = self.frames.decoded(jpegs).map(\.frame)
      damage.note(undecodable: jpegs.count - frames.count, of: index)
      cache.insert(frames, for: index)
      return pixels(of: frames, &changes)
    }
  }

  /// All stored frames of a video as the backbone takes them.
  /// - Parameter changes: draw one view for all of them; nil shows them as they are.
  package func allFrames(_ index: Int, changes: RandomChanges? = nil) -> StoredFrames.Video {
    var changes = changes
    let video = frames.video(annotations[index].id, view: changes?.view())
    if let undecodable = video.undecodable {
      damage.note(undecodable: undecodable, of: index)
    } else {
      damage.noteMissing(index)
    }
    return video
  }

  private func pixels(of frames: [SquareFrame], _ changes: inout RandomChanges?) -> Sample.Pictures {
    let indices = seen(of: frames.count, &changes)
    let view = changes?.view()
    let bytes = indices.flatMap { frames[$0].input(size: preparation.imageSize, view: view).pixels }
    return .frames(bytes, count: indices.count, size: preparation.imageSize)
  }

  /// Which of a video's frames are seen: drawn at random for training, spread over the video otherwise.
  private func seen(of count: Int, _ changes: inout RandomChanges?) -> [Int] {
    let room = preparation.frames.maximumFrames
    return changes?.frames(count: count, room: room) ?? FrameSampling.spread(count: count, room: room)
  }
}

/// Decoded frames by the place of their video, as many as fit.
private final class FrameCache: Sendable {
  private struct State {
    var frames: [Int: [SquareFrame]] = [:]
    var bytes = 0
  }

  private let capacity: Int
  private let state = Mutex(State())

  init(capacity: Int) { self.capacity = capacity }

  func frames(of index: Int) -> [SquareFrame]? { state.withLock { $0.frames[index] } }

  /// Keeps the frames if there is room; which ones are kept changes the speed only.
  func insert(_ frames: [SquareFrame], for index: Int) {
    let bytes = frames.reduce(0) { $0 + $1.bytes }
    state.withLock { state in
      guard state.bytes + bytes <= capacity, state.frames[index] == nil else { return }
      state.frames[index] = frames
      state.bytes += bytes
    }
  }
}
