package import Dataset
package import Storage
import Text

/// Whether pictures and annotations belong together, and what there is to see of the videos.
package struct Coverage {
  private let modality: Modality
  private let videos: Int
  /// Annotated videos that the source has no entry for.
  private let withoutFrames: Int
  private let withoutText: Int
  /// What is wrong with the source as a whole.
  private let problems: [String]

  /// - Throws: `CoverageError` where the source holds videos, but none of those asked for: frames of another dataset.
  package init(
    of annotations: [Annotation], by source: any VideoSource, modality: Modality
  ) throws(CoverageError) {
    try self.init(
      of: annotations.lazy.map(\.id), withoutText: annotations.count { !$0.hasText }, by: source,
      modality: modality)
  }

  /// - Parameters:
  ///   - ids: of all annotations.
  ///   - withoutText: how many of them have none.
  /// - Throws: as above.
  package init(
    of ids: some Collection<String>, withoutText: Int, by source: any VideoSource, modality: Modality
  ) throws(CoverageError) {
    self.modality = modality
    self.withoutText = withoutText
    let present = VideoIDs(source.ids)
    videos = ids.count
    withoutFrames = ids.count { !present.contains($0) }
    problems = source.problems
    guard !modality.hasFrames || withoutFrames < videos || present.isEmpty || videos == 0 else {
      throw .otherDataset(videos: videos, stored: present.count)
    }
  }

  /// Sentences for the user where something is missing.
  package var warnings: [String] {
    var warnings: [String] = []
    if modality.hasFrames {
      warnings += problems
      if withoutFrames > 0 {
        let rest = modality.hasText ? "they are judged by their text alone" : "nothing tells their category"
        warnings.append("\(withoutFrames) of \(videos) videos have no frames; \(rest)")
      }
    }
    if modality.hasText, withoutText > 0 {
      let rest = modality.hasFrames ? "they are judged by their frames alone" : "nothing tells their category"
      warnings.append("\(withoutText) of \(videos) videos have no text; \(rest)")
    }
    return warnings
  }

  /// - Throws: `CoverageError` where no video has anything that a model could learn from, or none has the frames that it
  ///   is to learn from besides text.
  package func requireInput() throws(CoverageError) {
    let hasFrames = modality.hasFrames && withoutFrames < videos
    let hasText = modality.hasText && withoutText < videos
    guard hasFrames || hasText else { throw .nothingToSee(modality) }
    guard hasFrames || !modality.hasFrames else { throw .noFrames(videos: videos) }
  }
}

extension Annotation {
  package var hasText: Bool {
    ([title, speech] + onScreenText.map(\.text)).contains { !TextCleaning.clean($0, prefix: 1).isEmpty }
  }
}

package enum CoverageError: ReportableError {
  case otherDataset(videos: Int, stored: Int)
  case nothingToSee(Modality)
  case noFrames(videos: Int)

  package var kind: ErrorKind { .badData }
  package var description: String {
    switch self {
    case .otherDataset(let videos, let stored):
      "none of the \(videos) annotated videos is among the \(stored) in --frames: frames of another dataset?"
    case .noFrames(let videos):
      "none of the \(videos) videos has frames: see quarantine.jsonl in --frames, or learn from text alone with "
        + "--modality text"
    case .nothingToSee(.both): "no video has frames or text: there is nothing to learn from"
    case .nothingToSee(.text): "no video has text: there is nothing to learn from with --modality text"
    case .nothingToSee(.video): "no video has frames: there is nothing to learn from with --modality video"
    }
  }
}
