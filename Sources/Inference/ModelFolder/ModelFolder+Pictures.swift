import Batching
package import Dataset
import Models
import Storage

extension ModelFolder {
  /// How wide the stored vectors are that the model reads in the place of frames; nil where it reads frames, or neither.
  var storedVectorSize: Int? {
    let encoder = description.architecture.encoder
    return preparation.modality.hasFrames && encoder.backbone == nil ? encoder.vectorSize : nil
  }

  /// A model of frames cannot read stored vectors, and the other way round.
  /// - Throws: `InputMismatch`.
  package func requirePictures(of source: any VideoSource) throws {
    guard preparation.modality.hasFrames else { return }
    let wanted = storedVectorSize
    guard source.vectorSize != wanted else { return }
    func kind(_ dimension: Int?) -> String {
      dimension.map { "feature vectors of \($0) numbers" } ?? "frames"
    }
    throw InputMismatch(wanted: kind(wanted), found: kind(source.vectorSize))
  }
}

/// Pictures of another sort than the model was trained on.
struct InputMismatch: ReportableError {
  let wanted: String
  let found: String

  var kind: ErrorKind { .badData }
  var description: String { "the model was trained on \(wanted), --frames holds \(found)" }
}
