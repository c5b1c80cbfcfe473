import Dataset
import Records
import Storage

/// The videos of a fold with a part of them taken away, or with that of another video of the fold.
struct ExchangedVideos {
  /// In the order that they were given in.
  let annotations: [Annotation]
  let source: any VideoSource

  /// - Parameter seed: draws who gets whose part; nobody keeps his own where there are two videos or more.
  init(_ annotations: [Annotation], _ source: any VideoSource, as input: ModalityLedger.Input, seed: UInt64) {
    func texts(_ others: [Annotation]) -> [Annotation] {
      zip(annotations, others).map { own, other in
        Annotation(
          id: own.id, title: other.title, speech: other.speech, onScreenText: other.onScreenText)
      }
    }
    switch input {
    case .full: (self.annotations, self.source) = (annotations, source)
    case .text: (self.annotations, self.source) = (annotations, OtherFrames(source, frames: [:]))
    case .video:
      (self.annotations, self.source) = (texts(annotations.map { Annotation(id: $0.id) }), source)
    case .shuffledText:
      let order = Self.exchange(annotations.count, seed)
      (self.annotations, self.source) = (texts(order.map { annotations[$0] }), source)
    case .shuffledFrames:
      let order = Self.exchange(annotations.count, seed)
      let frames = zip(annotations, order).map { ($0.id, annotations[$1].id) }
      self.annotations = annotations
      self.source = OtherFrames(source, frames: Dictionary(frames) { $1 })
    }
  }

  /// Each in a random circle of all gives to the next.
  private static func exchange(_ count: Int, _ seed: UInt64) -> [Int] {
    var generator = SeededGenerator(seed: seed)
    let circle = Array(0..<count).shuffled(using: &generator)
    var order = circle
    for (place, video) in circle.enumerated() { order[video] = circle[(place + 1) % count] }
    return order
  }
}

/// Each video with the frames of the one that is named for it, or without any.
private struct OtherFrames: VideoSource {
  private let base: any VideoSource
  private let frames: [String: String]

  init(_ base: any VideoSource, frames: [String: String]) {
    self.base = base
    self.frames = frames
  }

  var vectorSize: Int? { base.vectorSize }
  var ids: [String] { base.ids }

  func content(of id: String) -> VideoContent {
    frames[id].map { base.content(of: $0) } ?? .missing(reason: "hidden")
  }

  func fingerprint(of ids: some Sequence<String>) throws -> String { try base.fingerprint(of: ids) }
}
