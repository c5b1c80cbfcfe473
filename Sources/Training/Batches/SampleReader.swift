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
    var generator = augmentation?.generator
    func chosen(of count: Int) -> [Int] {
      guard var random = generator else {
        return FrameSampling.spread(count: count, room: preparation.frames.maximumFrames)
      }
      defer { generator = random }
      return FrameSampling.jittered(count: count, room: preparation.frames.maximumFrames, using: &random)
    }

    let size = preparation.imageSize
    guard preparation.modality.hasFrames else { return .frames([], count: 0) }
    if let frames = cache.frames(of: index) { return squares(frames, chosen(of: frames.count)) }
    switch source.content(of: annotations[index].id) {
    case .missing: return source.featureDimension == nil ? .frames([], count: 0) : .features([], count: 0)
    case .features(let values, let dimension):
      let rows = chosen(of: values.count / dimension)
      return .features(rows.flatMap { values[$0 * dimension..<($0 + 1) * dimension] }, count: rows.count)
    case .frames(let jpegs):
      let frames = jpegs.compactMap { try? SquareFrame(jpeg: $0, size: size, kept: preparation.squareSize) }
      cache.insert(frames, for: index)
      return squares(frames, chosen(of: frames.count))
    }

    func squares(_ frames: [SquareFrame], _ indices: [Int]) -> Sample.Pictures {
      var view = FrameView.whole
      if let augmentation, var random = generator {
        view = .random(augmentation.settings, using: &random)
      }
      var bytes: [UInt8] = []
      bytes.reserveCapacity(indices.count * size * size * 3)
      for index in indices { bytes += frames[index].input(size: size, view: view).pixels }
      return .frames(bytes, count: indices.count)
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
