package import Dataset
import Images
import Synchronization
package import Text

/// Reads and prepares videos, from any thread; what a video gives depends on itself alone.
package final class SampleReader: Sendable {
  package let annotations: [Annotation]
  private let source: any VideoSource
  private let composer: TextComposer
  private let preparation: InputPreparation
  private let labels: [Int?]
  private let cache: FrameCache
  /// What was met so far that is stored and could not be read.
  package let damage = Damage()

  /// - Parameter labels: numbers of the categories, in the order of the annotations.
  /// - Parameter cacheBytes: how much memory decoded frames may take, so that later epochs and folds need not decode
  ///   them again.
  package init(
    annotations: [Annotation], source: any VideoSource, tokenizer: any Tokenizer,
    preparation: InputPreparation, labels: [Int?], cacheBytes: Int
  ) {
    self.annotations = annotations
    self.source = source
    composer = TextComposer(tokenizer: tokenizer, budget: preparation.text)
    self.preparation = preparation
    self.labels = labels
    cache = FrameCache(capacity: cacheBytes)
  }

  /// - Parameter changes: the random changes of training; nil shows the video as it is.
  package func sample(_ index: Int, changes: RandomChanges? = nil) -> Sample {
    var changes = changes
    let hidden = changes?.hiddenModality()
    var text = text(of: annotations[index], &changes)
    let pictures = hidden == .video && !text.isEmpty ? noPictures : pictures(of: index, &changes)
    if hidden == .text, pictures.count > 0 { text = noText }
    return Sample(
      index: index, tokens: text.tokens, pictures: pictures, label: labels[index],
      status: PredictionStatus(hasText: !text.isEmpty, hasFrames: pictures.count > 0))
  }

  private var noText: ComposedText { composer.compose(title: "", speech: "", onScreenText: []) }

  private func text(of annotation: Annotation, _ changes: inout RandomChanges?) -> ComposedText {
    guard preparation.modality.hasText else { return noText }
    let seen = changes?.droppingParts(annotation) ?? annotation
    var text = composer.compose(
      title: seen.title, speech: seen.speech, onScreenText: seen.onScreenText.map(\.text))
    text.tokens = changes?.masking(text.tokens, composer.tokenizer.special) ?? text.tokens
    return text
  }

  private var noPictures: Sample.Pictures {
    source.featureDimension == nil ? .frames([], count: 0) : .features([], count: 0)
  }

  private func pictures(of index: Int, _ changes: inout RandomChanges?) -> Sample.Pictures {
    guard preparation.modality.hasFrames else { return .frames([], count: 0) }
    if let frames = cache.frames(of: index) { return pixels(of: frames, &changes) }
    switch source.content(of: annotations[index].id) {
    case .missing:
      damage.noteMissing(index)
      return noPictures
    case .features(let values, let dimension):
      let rows = seen(of: values.count / dimension, &changes)
      return .features(rows.flatMap { values[$0 * dimension..<($0 + 1) * dimension] }, count: rows.count)
    case .frames(let jpegs):
      let frames = jpegs.compactMap {
        try? SquareFrame(jpeg: $0, size: preparation.imageSize, kept: preparation.squareSize)
      }
      damage.note(undecodable: jpegs.count - frames.count, of: index)
      cache.insert(frames, for: index)
      return pixels(of: frames, &changes)
    }
  }

  private func pixels(of frames: [SquareFrame], _ changes: inout RandomChanges?) -> Sample.Pictures {
    let indices = seen(of: frames.count, &changes)
    let view = changes?.view() ?? .whole
    let bytes = indices.flatMap { frames[$0].input(size: preparation.imageSize, view: view).pixels }
    return .frames(bytes, count: indices.count)
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
    let bytes = frames.reduce(0) { $0 + $1.image.pixels.count }
    state.withLock { state in
      guard state.bytes + bytes <= capacity, state.frames[index] == nil else { return }
      state.frames[index] = frames
      state.bytes += bytes
    }
  }
}
