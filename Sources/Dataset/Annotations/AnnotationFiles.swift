package import SystemPackage

/// The annotations of several files as one list.
package enum AnnotationFiles {
  /// One file after the other.
  /// - Parameter warn: is told of keys that mean nothing, a line each.
  /// - Throws: `DatasetError` naming the first thing that is wrong: also a file without entries, and an id that stands in two.
  package static func read(
    _ paths: [FilePath], warn: (String) throws -> Void
  ) throws -> (annotations: [Annotation], homes: AnnotationHomes) {
    var annotations: [Annotation] = []
    var homes = AnnotationHomes()
    for path in paths {
      var own: [Annotation] = []
      let ids = try AnnotationFile.forEach(path, warn: warn) { own.append($0) }
      guard !own.isEmpty else { throw DatasetError(path, "has no annotations") }
      for annotation in own {
        guard let other = homes.path(of: annotation.id) else { continue }
        throw DatasetError(path, id: annotation.id, field: "id", "is already that of a video in \(other)")
      }
      homes.add(path, ids)
      annotations += own
    }
    return (annotations, homes)
  }
}

/// Which file a video's annotation was read from.
package struct AnnotationHomes: Sendable {
  private var files: [(path: FilePath, ids: VideoIDs)] = []

  /// Of annotations that come from no file.
  package init() {}

  fileprivate mutating func add(_ path: FilePath, _ ids: VideoIDs) { files.append((path, ids)) }

  /// Nil where none has the video.
  package func path(of id: String) -> FilePath? { files.first { $0.ids.contains(id) }?.path }
}
