import Batching
import Dataset
import Settings

extension Optional<any VideoSource> {
  /// What was opened for `--frames`, or nothing at all where a model looks at text alone.
  ///
  /// - Parameter who: wants to see frames, as the beginning of a sentence.
  /// - Throws: `ConfigurationError` where frames are needed and `--frames` was not given.
  func pictures(for modality: Modality, of who: String) throws -> any VideoSource {
    if let self { return self }
    guard !modality.hasFrames else {
      throw ConfigurationError("--frames", "is missing; \(who) looks at the videos' frames")
    }
    return NoPictures()
  }
}
