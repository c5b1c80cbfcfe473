package import Batching
package import Dataset
import Torch

extension Ensemble {
  /// Places between nothing and the video where its words and frames are looked at.
  package static let usualSteps = 32

  /// Says of each video what its prediction rests on: the models see it with every choice of its parts, sixteen at most.
  /// - Parameter steps: in which the way from masked words and no frames to the video is gone, so that each gets its part;
  ///   nil leaves these out.
  /// - Precondition: for words and frames the runtime computes in float32: bf16 would round away what single ones do.
  package func explain(
    _ annotations: [Annotation], source: any VideoSource, steps: Int? = nil,
    take: (Explanation) throws -> Void
  ) throws {
    precondition(
      steps == nil || runtime.computeType == .float32, "what a word does is lost in \(runtime.computeType)")
    for annotation in annotations {
      let video = PartialVideo(annotation, source: source, modality: preparation.modality)
      var predictions: [Prediction] = []
      _ = try predict(video.variants, source: video.source) { predictions += $0 }
      let whole = predictions[predictions.count - 1]
      let evidence = try steps.flatMap {
        try self.evidence(for: whole.category, of: annotation, whole.status, source, steps: $0)
      }
      try take(video.explanation(of: predictions, evidence: evidence))
    }
  }
}

/// A video with every choice of the parts that it has and the models look at.
package struct PartialVideo: Sendable {
  /// To be predicted with `source`; the first has no part, the last has all.
  package let variants: [Annotation]
  package private(set) var source: any VideoSource
  private let id: String
  private let parts: [Explanation.Part]

  package init(_ annotation: Annotation, source: any VideoSource, modality: Modality) {
    let parts = Explanation.Part.allCases.filter { Self.has($0, annotation, source, modality) }
    self.parts = parts
    self.source = PartialVideos(source)
    id = annotation.id
    variants = (0..<1 << parts.count).map { set in
      Self.variant(
        of: annotation, with: parts.enumerated().filter { set & 1 << $0.offset != 0 }.map(\.element))
    }
  }

  /// - Parameter predictions: of the variants, in their order.
  /// - Parameter evidence: of single words and frames, where it was asked for.
  package func explanation(of predictions: [Prediction], evidence: Evidence? = nil) -> Explanation {
    precondition(predictions.count == variants.count, "not every choice of parts was predicted")
    let whole = predictions[predictions.count - 1]
    let worth = predictions.map { Double($0.probabilities[whole.category] ?? 0) }
    return Explanation(
      id: id, category: whole.category, probability: worth[worth.count - 1], without: worth[0],
      shares: zip(parts, ShapleyValues.values(of: worth)).map { .init(part: $0, value: $1) },
      evidence: evidence, status: whole.status)
  }

  /// The same for what is left when its variants are prepared, without its pictures in memory.
  package var withoutPictures: PartialVideo {
    var video = self
    video.source = NoPictures()
    return video
  }

  /// Whether a variant has a part.
  /// - Parameter number: of the variant.
  func shows(_ part: Explanation.Part, in number: Int) -> Bool {
    parts.firstIndex(of: part).map { number & 1 << $0 != 0 } ?? false
  }

  /// Whether the models can see a part of a video.
  private static func has(
    _ part: Explanation.Part, _ annotation: Annotation, _ source: any VideoSource, _ modality: Modality
  ) -> Bool {
    func isText(_ text: String) -> Bool { modality.hasText && !text.allSatisfy(\.isWhitespace) }
    switch part {
    case .title: return isText(annotation.title)
    case .speech: return isText(annotation.speech)
    case .onScreenText: return annotation.onScreenText.contains { isText($0.text) }
    case .frames:
      guard modality.hasFrames else { return false }
      return switch source.content(of: annotation.id) {
      case .frames(let frames): !frames.isEmpty
      case .features(let values, _): !values.isEmpty
      case .missing: false
      }
    }
  }

  private static func variant(of annotation: Annotation, with parts: [Explanation.Part]) -> Annotation {
    Annotation(
      id: parts.contains(.frames) ? annotation.id : PartialVideos.hidden(annotation.id),
      title: parts.contains(.title) ? annotation.title : "",
      speech: parts.contains(.speech) ? annotation.speech : "",
      onScreenText: parts.contains(.onScreenText) ? annotation.onScreenText : [])
  }
}

/// Videos that can also be asked for without their pictures, under another id.
private struct PartialVideos: VideoSource {
  private let base: any VideoSource
  /// No id of annotations begins so.
  private static let mark = "\u{0}"

  init(_ base: any VideoSource) { self.base = base }

  static func hidden(_ id: String) -> String { mark + id }

  var vectorSize: Int? { base.vectorSize }
  var ids: [String] { base.ids }

  func content(of id: String) -> VideoContent {
    id.hasPrefix(Self.mark) ? .missing(reason: "hidden") : base.content(of: id)
  }

  func fingerprint(of ids: some Sequence<String>) throws -> String { try base.fingerprint(of: ids) }
}
