package import Dataset
import Images
package import Storage
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

  /// - Parameter augmentation: the random changes of training and where they are drawn from; nil shows the video as
  ///   it is.
  package func sample(
    _ index: Int, augmentation: (settings: FrameAugmentation, generator: SeededGenerator)? = nil
  ) -> Sample {
    let annotation = annotations[index]
    let text = text(of: annotation)
    let pictures = pictures(index, augmentation: augmentation)
    return Sample(
      index: index, tokens: text.tokens, pictures: pictures, label: labels[index],
      status: PredictionStatus(hasText: !text.isEmpty, hasFrames: pictures.count > 0))
  }

  private func text(of annotation: Annotation) -> ComposedText {
    guard preparation.modality.hasText else {
      return composer.compose(title: "", speech: "", onScreenText: [])
    }
    return composer.compose(
      title: annotation.title, speech: annotation.speech, onScreenText: annotation.onScreenText.map(\.text))
  }

  private func pictures(
    _ index: Int, augmentation: (settings: FrameAugmentation, generator: SeededGenerator)?
  ) -> Sample.Pictures {
    guard preparation.modality.hasFrames else { return .frames([], count: 0) }
    // Drawn at random for training; spread over the video, and whole, otherwise.
    func seen(of count: Int) -> (indices: [Int], view: FrameView) {
      let room = preparation.frames.maximumFrames
      guard let augmentation else { return (FrameSampling.spread(count: count, room: room), .whole) }
      var generator = augmentation.generator
      let indices = FrameSampling.jittered(count: count, room: room, using: &generator)
      return (indices, .random(augmentation.settings, using: &generator))
    }
    func pixels(of frames: [SquareFrame]) -> Sample.Pictures {
      let (indices, view) = seen(of: frames.count)
      let size = preparation.imageSize
      let bytes = indices.flatMap { frames[$0].input(size: size, view: view).pixels }
      return .frames(bytes, count: indices.count)
    }

    if let frames = cache.frames(of: index) { return pixels(of: frames) }
    switch source.content(of: annotations[index].id) {
    case .missing: return source.featureDimension == nil ? .frames([], count: 0) : .features([], count: 0)
    case .features(let values, let dimension):
      let rows = seen(of: values.count / dimension).indices
      return .features(rows.flatMap { values[$0 * dimension..<($0 + 1) * dimension] }, count: rows.count)
    case .frames(let jpegs):
      let frames = jpegs.compactMap {
        try? SquareFrame(jpeg: $0, size: preparation.imageSize, kept: preparation.squareSize)
      }
      cache.insert(frames, for: index)
      return pixels(of: frames)
    }
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
