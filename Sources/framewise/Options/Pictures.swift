import Batching
import Dataset
import Settings

extension Optional<any VideoSource> {
  /// What was opened, or nothing at all where a model looks at text alone.
  ///
  /// - Parameter who: wants to see frames, as the beginning of a sentence.
  /// - Parameter option: that gives them.
  /// - Throws: `ConfigurationError` where frames are needed and were not given.
  func pictures(for modality: Modality, of who: String, option: String = "--frames") throws -> any VideoSource
  {
    if let self { return self }
    guard !modality.hasFrames else {
      throw ConfigurationError(option, "is missing; \(who) looks at the videos' frames")
    }
    return NoPictures()
  }
}
