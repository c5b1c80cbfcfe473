import Batching
import Dataset
import Storage
import SystemPackage
import Text

/// What a run is made from besides its configuration: `inputs.json`. Folds that were trained on different inputs must
/// not be put together.
struct RunInputs: Codable, Equatable {
  let videos: Int
  /// Fingerprint of ids, texts and categories in their order.
  let annotations: String
  /// Fingerprint of the tokenizer's files.
  let tokenizer: String
  /// Fingerprint of the videos' pictures; nil where the model looks at text alone.
  let frames: String?
  /// Where the pictures lay when the run was begun. It may be another place later.
  let framesPath: String?
  /// Width of stored vectors; nil where the pictures are frames.
  let vectorSize: Int?
  /// Checksum of the weights that the backbone began with, or of an earlier run's configuration and folds: what a fold
  /// began with of that, `start.safetensors` says. nil where they were random, and for a run that goes on with what it
  /// keeps.
  let backbone: String?

  enum CodingKeys: String, CodingKey {
    case videos, annotations, tokenizer, frames
    case framesPath = "frames_path"
    case vectorSize = "vector_size"
    case backbone
  }

  /// - Throws: `FileError` where the file system does not say what is stored.
  init(
    annotations: [Annotation], tokenizer: TokenizerFile, source: any VideoSource, modality: Modality,
    backbone: String? = nil
  ) throws {
    videos = annotations.count
    var fingerprint = Fingerprint()
    for annotation in annotations { fingerprint.add(annotation) }
    self.annotations = fingerprint.text
    self.tokenizer = Self.fingerprint(tokenizer)
    frames = modality.hasFrames ? try source.fingerprint(of: annotations.lazy.map(\.id)) : nil
    framesPath = modality.hasFrames ? source.path.map { Folder.resolved($0).string } : nil
    vectorSize = source.vectorSize
    self.backbone = backbone
  }

  /// How these differ from `present`, for the user; nil where they do not.
  func difference(from present: RunInputs) -> String? {
    if annotations != present.annotations || videos != present.videos { return "other annotations" }
    if tokenizer != present.tokenizer { return "another tokenizer" }
    func differ(_ what: String) -> String {
      guard let framesPath, let other = present.framesPath else { return what }
      return "\(what): it was begun with \(other), not with what is in \(framesPath) now"
    }
    if vectorSize != present.vectorSize { return differ("another kind of --frames") }
    if frames != present.frames { return differ("other --frames") }
    if let backbone, backbone != present.backbone { return "other weights in --backbone" }
    return nil
  }

  private static func fingerprint(_ tokenizer: TokenizerFile) -> String {
    var fingerprint = Fingerprint()
    switch tokenizer {
    case .sentencePiece(let tokenizer): fingerprint.add(tokenizer.bytes)
    case .wordPiece(let tokenizer):
      fingerprint.add(tokenizer.bytes)
      fingerprint.add("\(tokenizer.basic)")
    }
    return fingerprint.text
  }
}
