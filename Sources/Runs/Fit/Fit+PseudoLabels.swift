import Batching
import Dataset
import Records
import Settings
import Storage
import Training

extension Fit {
  /// - Parameter source: where the pictures of the labelled videos are.
  /// - Throws: `PseudoLabelError` where labels and configuration do not belong together, or pictures are of another kind.
  static func require(
    _ pseudo: PseudoVideos?, _ configuration: RunConfiguration, pictures source: any VideoSource
  ) throws {
    guard let pseudo else {
      guard configuration.pseudoLabels.use == .none else {
        throw PseudoLabelError(
          reason:
            "--pseudo-labels: is missing: the configuration learns from pseudo-labels "
            + "(pseudo_labels.use is \(configuration.pseudoLabels.use.rawValue))", kind: .usage)
      }
      return
    }
    guard configuration.pseudoLabels.use != .none else {
      throw PseudoLabelError(
        reason: "--pseudo-labels: is given for nothing: pseudo_labels.use is none", kind: .usage)
    }
    guard configuration.modality.hasFrames else { return }
    try pseudo.source.requireUnseenVectors()
    guard pseudo.source.vectorSize == source.vectorSize else {
      func kind(_ size: Int?) -> String { size.map { "vectors of \($0) numbers" } ?? "frames" }
      throw PseudoLabelError(
        reason:
          "--pseudo-frames: holds \(kind(pseudo.source.vectorSize)), --frames \(kind(source.vectorSize))")
    }
  }

  /// The reader with the targets that a part of the run is trained on.
  func aimed(_ reader: SampleReader, _ part: RunPart) -> SampleReader {
    guard let pseudo else { return reader }
    let (labels, weight) = (labels, configuration.pseudoLabels.weight)
    return reader.aiming { video in
      video < labels.count
        ? .category(labels[video]) : pseudo.target(of: video - labels.count, for: part, weight: weight)
    }
  }

  /// How many steps a part of the run takes.
  func curriculum(_ part: RunPart, _ split: Split, _ configuration: RunConfiguration) -> Curriculum {
    Curriculum(
      labelled: split.training.count, pseudo: pseudo?.count(for: part) ?? 0, configuration.pseudoLabels,
      configuration.optimization)
  }
}
