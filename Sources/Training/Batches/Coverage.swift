package import Dataset
package import Storage

/// Whether pictures and annotations belong together.
package struct Coverage {
  package let videos: Int
  /// Annotated videos that the source has no entry for.
  package let missing: Int

  /// - Throws: `CoverageError` where the source holds videos, but none of those asked for: frames of another dataset.
  package init(of annotations: [Annotation], by source: any VideoSource) throws(CoverageError) {
    let present = Set(source.ids)
    videos = annotations.count
    missing = annotations.count { !present.contains($0.id) }
    guard missing < videos || present.isEmpty || videos == 0 else {
      throw CoverageError(videos: videos, stored: present.count)
    }
  }

  /// A sentence for the user where something is missing.
  package var warning: String? {
    missing == 0 ? nil : "\(missing) of \(videos) videos have no frames; they are judged by their text alone"
  }
}

package struct CoverageError: ReportableError {
  let videos: Int
  let stored: Int

  package var kind: ErrorKind { .badData }
  package var description: String {
    "none of the \(videos) annotated videos is among the \(stored) in --frames: frames of another dataset?"
  }
}
