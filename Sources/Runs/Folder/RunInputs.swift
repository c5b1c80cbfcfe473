import Batching
import Dataset
import Records
import Storage
import SystemPackage
import Text

extension RunInputs {
  /// - Parameter annotationsPath: where the annotations lie, if they come from a file.
  /// - Throws: `FileError` where the file system does not say what is stored.
  init(
    annotations: [Annotation], at annotationsPath: FilePath? = nil, tokenizer: TokenizerFile,
    source: any VideoSource, modality: Modality, backbone: String? = nil, textEncoder: String? = nil,
    encoder: String? = nil, pseudo: PseudoVideos? = nil, unlabelled: UnlabelledVideos? = nil
  ) throws {
    self.init(
      videos: annotations.count, annotations: Self.fingerprint(annotations),
      tokenizer: Self.fingerprint(tokenizer),
      frames: modality.hasFrames ? try source.fingerprint(of: annotations.lazy.map(\.id)) : nil,
      framesPath: modality.hasFrames ? source.path.map { Folder.resolved($0).string } : nil,
      annotationsPath: annotationsPath.map { Folder.resolved($0).string },
      vectorSize: source.vectorSize, backbone: backbone, textEncoder: textEncoder, encoder: encoder,
      pseudoLabels: try pseudo?.inputs(hasFrames: modality.hasFrames),
      unlabelled: try unlabelled?.inputs(hasFrames: modality.hasFrames))
  }

  /// Of ids, texts and categories in their order.
  static func fingerprint(_ annotations: [Annotation]) -> String {
    var fingerprint = Fingerprint()
    for annotation in annotations { fingerprint.add(annotation) }
    return fingerprint.text
  }

  private static func fingerprint(_ tokenizer: TokenizerFile) -> String {
    var fingerprint = Fingerprint()
    switch tokenizer {
    case .sentencePiece(let tokenizer): fingerprint.add(tokenizer.bytes)
    case .wordPiece(let tokenizer):
      fingerprint.add(tokenizer.bytes)
      fingerprint.add("\(tokenizer.basic)")
    case .published(let tokenizer):
      for (name, bytes) in tokenizer.files.sorted(by: { $0.key < $1.key }) {
        fingerprint.add(name)
        fingerprint.add(bytes)
      }
    }
    return fingerprint.text
  }
}
