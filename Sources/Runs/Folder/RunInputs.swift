import Dataset
import Text

/// What a run is made from besides its configuration: `inputs.json`. Folds that were trained on different inputs must
/// not be put together.
struct RunInputs: Codable, Equatable {
  let videos: Int
  /// Fingerprint of ids, texts and categories in their order.
  let annotations: String
  /// Fingerprint of the tokenizer's files.
  let tokenizer: String
  /// Width of stored vectors; nil where the pictures are frames.
  let vectorSize: Int?

  enum CodingKeys: String, CodingKey {
    case videos, annotations, tokenizer
    case vectorSize = "vector_size"
  }

  init(annotations: [Annotation], tokenizer: TokenizerFile, vectorSize: Int?) {
    videos = annotations.count
    self.annotations = Self.fingerprint(annotations)
    self.tokenizer = Self.fingerprint(tokenizer)
    self.vectorSize = vectorSize
  }

  /// How these differ from `present`, for the user; nil where they do not.
  func difference(from present: RunInputs) -> String? {
    if annotations != present.annotations || videos != present.videos { return "other annotations" }
    if tokenizer != present.tokenizer { return "another tokenizer" }
    if vectorSize != present.vectorSize { return "another kind of --frames" }
    return nil
  }

  private static func fingerprint(_ annotations: [Annotation]) -> String {
    var fingerprint = Fingerprint()
    for annotation in annotations {
      for text in [annotation.id, annotation.category ?? "", annotation.title, annotation.speech] {
        fingerprint.add(text)
      }
      fingerprint.add(annotation.onScreenText.count)
      for line in annotation.onScreenText { fingerprint.add(line.text) }
    }
    return fingerprint.text
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
