package import Dataset

/// Videos packed end to end as plain arrays: no padding of text or frames.
package struct Batch: Sendable {
  package struct Video: Sendable {
    /// Place in the annotations.
    package let index: Int
    package let tokenCount: Int
    package let frameCount: Int
    package let target: Target?
    package let status: PredictionStatus

    package init(index: Int, tokenCount: Int, frameCount: Int, target: Target?, status: PredictionStatus) {
      self.index = index
      self.tokenCount = tokenCount
      self.frameCount = frameCount
      self.target = target
      self.status = status
    }

    package var hasFrames: Bool { frameCount > 0 }
    package var hasText: Bool { status.hasText }
  }

  /// Those of all videos, end to end.
  package enum Pictures: Sendable {
    /// RGB bytes of frames of `size`×`size`.
    case frames([UInt8], size: Int)
    /// Stored vectors of `width` numbers.
    case vectors([Float], width: Int)
    /// Not one video has any.
    case none
  }

  package let videos: [Video]
  /// Of all texts, end to end.
  package let tokens: [Int32]
  package let pictures: Pictures
  package let weak: Weak

  /// What a teacher sees of the videos whose target is `unlabelled`: the same videos in their order.
  package indirect enum Weak: Sendable {
    /// There are no such videos.
    case none
    case views(Batch)

    package var batch: Batch? { if case .views(let batch) = self { batch } else { nil } }
  }

  package init(videos: [Video], tokens: [Int32], pictures: Pictures, weak: Weak = .none) {
    precondition(
      weak.batch.map { $0.videos.count == Self.unlabelled(videos) } ?? true,
      "a weak view of each video without a category, and of no other")
    self.videos = videos
    self.tokens = tokens
    self.pictures = pictures
    self.weak = weak
  }

  /// - Parameter weak: what a teacher sees of the videos whose target is `unlabelled`, in their order.
  package init(_ samples: [Sample], weak: [Sample] = []) {
    var bytes: [UInt8] = []
    var numbers: [Float] = []
    var (size, width) = (0, 0)
    let frameSizes = samples.map { sample in
      if case .frames(let bytes, _, _) = sample.pictures { bytes.count } else { 0 }
    }
    bytes.reserveCapacity(frameSizes.reduce(0, +))
    for sample in samples where sample.pictures.count > 0 {
      switch sample.pictures {
      case .frames(let more, _, let side):
        bytes += more
        size = side
      case .vectors(let more, let count):
        numbers += more
        width = more.count / count
      }
    }
    self.init(
      videos: samples.map {
        Video(
          index: $0.index, tokenCount: $0.tokens.count, frameCount: $0.pictures.count, target: $0.target,
          status: $0.status)
      },
      tokens: samples.flatMap(\.tokens),
      pictures: !bytes.isEmpty
        ? .frames(bytes, size: size) : !numbers.isEmpty ? .vectors(numbers, width: width) : .none,
      weak: weak.isEmpty ? .none : .views(Batch(weak)))
  }

  private static func unlabelled(_ videos: some Sequence<Video>) -> Int {
    videos.count { $0.target == .unlabelled }
  }

  /// Some of the videos, which follow each other.
  package subscript(_ range: Range<Int>) -> Batch {
    func span(_ counts: [Int]) -> Range<Int> {
      let start = counts[..<range.lowerBound].reduce(0, +)
      return start..<start + counts[range].reduce(0, +)
    }
    let (texts, frames) = (span(videos.map(\.tokenCount)), span(videos.map(\.frameCount)))
    func slice<Element>(_ values: [Element], _ size: Int) -> [Element] {
      Array(values[frames.lowerBound * size..<frames.upperBound * size])
    }
    let pictures: Pictures =
      switch self.pictures {
      case _ where frames.isEmpty: .none
      case .frames(let bytes, let size): .frames(slice(bytes, size * size * 3), size: size)
      case .vectors(let numbers, let width): .vectors(slice(numbers, width), width: width)
      case .none: .none
      }
    return Batch(
      videos: Array(videos[range]), tokens: Array(tokens[texts]), pictures: pictures, weak: weak(of: range))
  }

  private func weak(of range: Range<Int>) -> Weak {
    guard let batch = weak.batch else { return .none }
    let first = Self.unlabelled(videos[..<range.lowerBound])
    let count = Self.unlabelled(videos[range])
    return count == 0 ? .none : .views(batch[first..<first + count])
  }

  /// In `count` parts of about the same work, in order; fewer where there are fewer videos.
  package func parts(_ count: Int) -> [Batch] {
    let count = min(count, videos.count)
    guard count > 1 else { return [self] }
    let costs = videos.map(cost)
    let whole = costs.reduce(0, +)
    var ranges: [Range<Int>] = []
    var (start, spent) = (0, 0)
    for part in 0..<count {
      var end = start + 1
      spent += costs[start]
      // The part ends where its share of the work is nearest, and leaves a video for each that follows.
      let goal = whole * (part + 1) / count
      while end < videos.count - (count - part - 1), part == count - 1 || spent + costs[end] / 2 <= goal {
        spent += costs[end]
        end += 1
      }
      ranges.append(start..<end)
      start = end
    }
    return ranges.map { self[$0] }
  }

  /// In tokens: a frame is some tens of patches. A teacher goes forward alone, a third of the way.
  private func cost(_ video: Video) -> Int {
    let frame = if case .frames(_, let size) = pictures { 1 + size * size / 256 } else { 1 }
    let own = video.tokenCount + video.frameCount * frame
    return video.target == .unlabelled ? own + own / 3 : own
  }
}

extension Batch {
  /// Batches one after the other.
  package init(joining batches: [Batch]) {
    var pictures = Pictures.none
    for batch in batches {
      switch (pictures, batch.pictures) {
      case (_, .none): break
      case (.none, let first): pictures = first
      case (.frames(let bytes, let size), .frames(let more, _)): pictures = .frames(bytes + more, size: size)
      case (.vectors(let numbers, let width), .vectors(let more, _)):
        pictures = .vectors(numbers + more, width: width)
      case (.frames, .vectors), (.vectors, .frames): preconditionFailure("frames and vectors in one batch")
      }
    }
    let weak = batches.compactMap(\.weak.batch)
    self.init(
      videos: batches.flatMap(\.videos), tokens: batches.flatMap(\.tokens), pictures: pictures,
      weak: weak.isEmpty ? .none : .views(Batch(joining: weak)))
  }
}
