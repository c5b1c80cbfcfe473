import Storage
import SystemPackage

/// What a run is made from besides its configuration: `inputs.json`. Folds that were trained on different inputs must
/// not be put together.
package struct RunInputs: Codable, Sendable, Equatable {
  package let videos: Int
  /// Fingerprint of ids, texts and categories in their order.
  package let annotations: String
  /// Fingerprint of the tokenizer's files.
  package let tokenizer: String
  /// Fingerprint of the videos' pictures; nil where the model looks at text alone.
  package let frames: String?
  /// Where the pictures lay when the run was begun. It may be another place later.
  package let framesPath: String?
  /// Where the annotations lay then; nil where they came from no file.
  package let annotationsPath: String?
  /// Width of stored vectors; nil where the pictures are frames.
  package let vectorSize: Int?
  /// Checksum of the weights that the backbone began with, or of an earlier run's configuration and folds: what a fold
  /// began with of that, `start.safetensors` says. nil where they were random, and for a run that goes on with what it
  /// keeps.
  package let backbone: String?
  /// The same of the text encoder.
  package let textEncoder: String?
  /// The same of an encoder that `pretrain` made.
  package let encoder: String?
  /// What the run is trained on by pseudo-labels; nil where there are none.
  package let pseudoLabels: PseudoLabels?
  /// The videos without a category that it is trained on by consistency; nil where there are none.
  package let unlabelled: Unlabelled?

  package struct Unlabelled: Codable, Sendable, Equatable {
    /// Fingerprint of the ids and texts of these videos.
    package let annotations: String
    /// Fingerprint of their pictures; nil where the model looks at text alone.
    package let frames: String?
    package let videos: Int
    /// Whether the videos that are to be predicted are among them.
    package let transductive: Bool

    package init(annotations: String, frames: String?, videos: Int, transductive: Bool) {
      self.annotations = annotations
      self.frames = frames
      self.videos = videos
      self.transductive = transductive
    }
  }

  package struct PseudoLabels: Codable, Sendable, Equatable {
    /// Checksum of the file of labels.
    package let labels: String
    /// Fingerprint of the ids and texts of the videos that have one.
    package let annotations: String
    /// Fingerprint of their pictures; nil where the model looks at text alone.
    package let frames: String?
    package let videos: Int
    /// See `PseudoLabelHeader`.
    package let round: Int
    package let transductive: Bool

    package init(
      labels: String, annotations: String, frames: String?, videos: Int, round: Int, transductive: Bool
    ) {
      self.labels = labels
      self.annotations = annotations
      self.frames = frames
      self.videos = videos
      self.round = round
      self.transductive = transductive
    }
  }

  package init(
    videos: Int, annotations: String, tokenizer: String, frames: String?, framesPath: String?,
    annotationsPath: String?, vectorSize: Int?, backbone: String?,
    textEncoder: String? = nil, encoder: String? = nil, pseudoLabels: PseudoLabels? = nil,
    unlabelled: Unlabelled? = nil
  ) {
    self.videos = videos
    self.annotations = annotations
    self.tokenizer = tokenizer
    self.frames = frames
    self.framesPath = framesPath
    self.annotationsPath = annotationsPath
    self.vectorSize = vectorSize
    self.backbone = backbone
    self.textEncoder = textEncoder
    self.encoder = encoder
    self.pseudoLabels = pseudoLabels
    self.unlabelled = unlabelled
  }

  enum CodingKeys: String, CodingKey {
    case videos, annotations, tokenizer, frames
    case framesPath = "frames_path"
    case annotationsPath = "annotations_path"
    case vectorSize = "vector_size"
    case backbone
    case textEncoder = "text_encoder"
    case encoder
    case pseudoLabels = "pseudo_labels"
    case unlabelled
  }

  /// How these differ from `present`, for the user; nil where they do not.
  package func difference(from present: RunInputs) -> String? {
    if annotations != present.annotations || videos != present.videos { return "other annotations" }
    if tokenizer != present.tokenizer { return "another tokenizer" }
    func differ(_ what: String) -> String {
      guard let framesPath, let other = present.framesPath else { return what }
      return "\(what): it was begun with \(other), not with what is in \(framesPath) now"
    }
    if vectorSize != present.vectorSize { return differ("another kind of --frames") }
    if frames != present.frames { return differ("other --frames") }
    if let backbone, backbone != present.backbone { return "other weights in --backbone" }
    if let textEncoder, textEncoder != present.textEncoder { return "other weights in --text-encoder" }
    if let encoder, encoder != present.encoder { return "other weights in --init" }
    if pseudoLabels?.labels != present.pseudoLabels?.labels { return "other --pseudo-labels" }
    if pseudoLabels?.annotations != present.pseudoLabels?.annotations { return "other --pseudo-annotations" }
    if pseudoLabels?.frames != present.pseudoLabels?.frames { return "other --pseudo-frames" }
    if unlabelled?.annotations != present.unlabelled?.annotations { return "other --unlabelled-annotations" }
    if unlabelled?.frames != present.unlabelled?.frames { return "other --unlabelled-frames" }
    if unlabelled?.transductive != present.unlabelled?.transductive { return "another --transductive" }
    return nil
  }
}

extension RunFolder {
  /// Of the run, or of the first of its seeds; nil where it does not say.
  package func recordedInputs() throws -> RunInputs? {
    guard Folder.isFolder(path), let first = try members.first, Folder.exists(first.inputs) else {
      return nil
    }
    return try JSONText.read(RunInputs.self, from: first.inputs)
  }
}
