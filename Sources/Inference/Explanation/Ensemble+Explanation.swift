package import Batching
package import Dataset

extension Ensemble {
  /// Says of each video what its prediction rests on: the models see it with every choice of its parts, sixteen at most.
  package func explain(
    _ annotations: [Annotation], source: any VideoSource, take: (Explanation) throws -> Void
  ) throws {
    for annotation in annotations {
      let parts = Explanation.Part.allCases.filter { has($0, annotation, source) }
      let variants = (0..<1 << parts.count).map { set in
        Self.variant(
          of: annotation, with: parts.enumerated().filter { set & 1 << $0.offset != 0 }.map(\.element))
      }
      var predictions: [Prediction] = []
      _ = try predict(variants, source: PartialVideos(source)) { predictions += $0 }
      guard let whole = predictions.last else { continue }
      let worth = predictions.map { Double($0.probabilities[whole.category] ?? 0) }
      try take(
        Explanation(
          id: annotation.id, category: whole.category, probability: worth[worth.count - 1],
          without: worth[0],
          shares: zip(parts, ShapleyValues.values(of: worth)).map { .init(part: $0, value: $1) },
          status: whole.status))
    }
  }

  /// Whether the models can see a part of a video.
  private func has(_ part: Explanation.Part, _ annotation: Annotation, _ source: any VideoSource) -> Bool {
    func isText(_ text: String) -> Bool {
      preparation.modality.hasText && !text.allSatisfy(\.isWhitespace)
    }
    switch part {
    case .title: return isText(annotation.title)
    case .speech: return isText(annotation.speech)
    case .onScreenText: return annotation.onScreenText.contains { isText($0.text) }
    case .frames:
      guard preparation.modality.hasFrames else { return false }
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
